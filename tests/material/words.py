"""What the people in the tests say and show: our own words, so that nothing needs a download."""

# A person: the espeak-ng variant, its pitch and speed, the colour behind the head, and the sentences as written
# and in numbered pinyin (espeak-ng's own table lacks common characters and spells them out in English).
PEOPLE = {
    "specialist": {
        "voice": "m3", "pitch": 30, "speed": 190, "colour": (0.16, 0.36, 0.62),
        "says": [
            ("李医生,您好,我是县医院心内科的王医生。",
             "li3 yi1sheng1, nin2hao3, wo3 shi4 xian4 yi1yuan4 xin1nei4ke1 de wang2 yi1sheng1"),
            ("请您先把病人的血压和心率告诉我。",
             "qing3 nin2 xian1 ba3 bing4ren2 de xue4ya1 he2 xin1lv4 gao4su4 wo3"),
            ("一百五十二,九十六,这个血压偏高。",
             "yi4bai3 wu3shi2 er4, jiu3shi2 liu4, zhe4ge xue4ya1 pian1 gao1"),
            ("病人最近有没有胸闷,头晕,或者晚上睡不好?",
             "bing4ren2 zui4jin4 you3mei2you3 xiong1men4, tou2yun1, huo4zhe3 wan3shang4 shui4 bu4 hao3"),
            ("请把心电图的照片发给我看一下。",
             "qing3 ba3 xin1dian4tu2 de zhao4pian4 fa1 gei3 wo3 kan4 yi2xia4"),
            ("先用氨氯地平,每天一次,每次五毫克。",
             "xian1 yong4 an1lv4di4ping2, mei3tian1 yi2ci4, mei3ci4 wu3 hao2ke4"),
            ("一个星期以后再量血压,我们再看一次。",
             "yi2ge xing1qi1 yi3hou4 zai4 liang2 xue4ya1, wo3men zai4 kan4 yi2ci4"),
        ],
    },
    "doctor": {
        "voice": "f3", "pitch": 62, "speed": 205, "colour": (0.20, 0.52, 0.28),
        "says": [
            ("王主任好,这里是柳树村卫生室。",
             "wang2 zhu3ren4 hao3, zhe4li3 shi4 liu3shu4cun1 wei4sheng1shi4"),
            ("病人六十八岁,女,头晕三天。",
             "bing4ren2 liu4shi2 ba1 sui4, nv3, tou2yun1 san1 tian1"),
            ("今天早上量的血压是一百五十二,九十六。",
             "jin1tian1 zao3shang4 liang2 de xue4ya1 shi4 yi4bai3 wu3shi2 er4, jiu3shi2 liu4"),
            ("她种了一辈子地,很少看医生。",
             "ta1 zhong4 le yi2bei4zi di4, hen3shao3 kan4 yi1sheng1"),
            ("心电图我现在就发给您,请稍等。",
             "xin1dian4tu2 wo3 xian4zai4 jiu4 fa1 gei3 nin2, qing3 shao1deng3"),
            ("好的,我记下来了,谢谢王主任。",
             "hao3 de, wo3 ji4 xia4lai2 le, xie4xie wang2 zhu3ren4"),
        ],
    },
    "teacher": {
        "voice": "f1", "pitch": 50, "speed": 195, "colour": (0.58, 0.32, 0.14),
        "says": [
            ("同学们好,今天我们学习水的三种状态。",
             "tong2xue2men hao3, jin1tian1 wo3men xue2xi2 shui3 de san1zhong3 zhuang4tai4"),
            ("请大家看第一张图,这是山里的小河。",
             "qing3 da4jia1 kan4 di4yi1 zhang1 tu2, zhe4 shi4 shan1li3 de xiao3he2"),
            ("冬天天冷了,水变成了冰。",
             "dong1tian1 tian1 leng3 le, shui3 bian4cheng2 le bing1"),
            ("太阳出来,冰又变成了水。",
             "tai4yang2 chu1lai2, bing1 you4 bian4cheng2 le shui3"),
            ("水烧开了,就变成看不见的水汽。",
             "shui3 shao1kai1 le, jiu4 bian4cheng2 kan4bu2jian4 de shui3qi4"),
            ("谁来告诉我,云是从哪里来的?",
             "shei2 lai2 gao4su4 wo3, yun2 shi4 cong2 na3li3 lai2 de"),
            ("请第二个教室的同学举手回答。",
             "qing3 di4er4 ge jiao4shi4 de tong2xue2 ju3shou3 hui2da2"),
        ],
    },
}

# Seconds of silence after each sentence: uneven, so that the speech has a shape that can be recognised.
PAUSES_S = [0.5, 1.3, 0.35, 0.9, 2.1, 0.6, 1.6]

# Ten slides of one lesson: a title and its lines.
SLIDES = [
    ("第一课 水的三种状态", ["四年级 科学", "城南小学 · 柳树村教学点 · 石桥村教学点"]),
    ("我们身边的水", ["河里的水", "井里的水", "早上草叶上的露水", "下雨时的雨水"]),
    ("固态:冰", ["温度低于 0 ℃ 时,水会结冰", "冰有固定的形状", "冰比水轻,所以浮在水面上"]),
    ("液态:水", ["没有固定的形状", "能流动", "0 ℃ 到 100 ℃ 之间是液态"]),
    ("气态:水汽", ["水烧到 100 ℃ 会沸腾", "水汽看不见", "我们看见的“白气”是小水珠"]),
    ("三种状态的变化", ["冰 → 水:熔化", "水 → 冰:凝固", "水 → 水汽:蒸发", "水汽 → 水:凝结"]),
    ("温度与时间", ["把冰块放进杯子,每分钟记一次温度"]),
    ("动手做一做", ["1. 取一个透明杯子,放入冰块", "2. 盖上盘子,等十分钟", "3. 看一看盘子底下有什么"]),
    ("想一想", ["衣服为什么会晒干?", "冬天的窗户上为什么有冰花?", "云是从哪里来的?"]),
    ("小结与作业", ["水有固态、液态、气态三种状态", "作业:画一张“小水滴的旅行”", "谢谢大家,再见!"]),
]
