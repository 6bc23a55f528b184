// Made of the scheduler's description by tests/api/types.sh, which also tells whether it is still true; not written by hand.

export interface paths {
    "/api/openapi.json": {
        parameters: {
        };
        /** This description. */
        get: operations["getApiOpenapiJson"];
    };
    "/api/v1/accounts": {
        parameters: {
        };
        /** Everybody who has an account, 200 at a time. For those who keep accounts. */
        get: operations["getAccounts"];
        /**
         * Makes an account for a person of the directory. The answer has the link by which the person sets a password: it is told
         *     once and works for three days. For those who keep accounts.
         */
        post: operations["postAccounts"];
    };
    "/api/v1/accounts/{id}": {
        parameters: {
        };
        /**
         * Lets a person come in, or not any more: then all logins of the person end at once, and no personal link opens anything.
         *     For those who keep accounts.
         */
        put: operations["putAccountsId"];
    };
    "/api/v1/accounts/{id}/link": {
        parameters: {
        };
        /**
         * Makes a link by which a person sets a new password: it is told once and works for three days. Links before it work no more,
         *     and wrong tries are forgotten once it is used. For those who keep accounts.
         */
        post: operations["postAccountsIdLink"];
    };
    "/api/v1/accounts/{person_id}/provider": {
        parameters: {
        };
        /**
         * Takes another person's identity at the provider from their account, such as when it belongs to somebody else. All their
         *     logins end. Administrators only.
         */
        delete: operations["deleteAccountsPersonIdProvider"];
    };
    "/api/v1/agreements": {
        parameters: {
        };
        /** Agreements, with the consultations of a month under each: promised, booked, delivered. For who books, and administrators. */
        get: operations["getAgreements"];
        /** Writes an agreement; it is in force when it is signed. Administrators only. */
        post: operations["postAgreements"];
    };
    "/api/v1/agreements/{id}": {
        parameters: {
        };
        /** Writes a draft anew. Administrators only. */
        put: operations["putAgreementsId"];
    };
    "/api/v1/agreements/{id}/step": {
        parameters: {
        };
        /** Signs an agreement, suspends it, resumes it or ends it. Administrators only. What is booked under it stays booked. */
        post: operations["postAgreementsIdStep"];
    };
    "/api/v1/areas": {
        parameters: {
        };
        /**
         * Looks for areas: with `q` those whose name, spoken name (pinyin without tones), first letters or code begin so, wide ones
         *     first; without it those right below `within`, in the order of their codes.
         */
        get: operations["getAreas"];
    };
    "/api/v1/areas/{id}": {
        parameters: {
        };
        /** Makes the area of this code, or gives it another name; the areas that it lies in need not be there. Administrators only. */
        put: operations["putAreasId"];
    };
    "/api/v1/audit": {
        parameters: {
        };
        /**
         * Who read what of patients, latest first, 100 entries at a time. For auditors, who hold no role that administers; that they
         *     read it is an entry as well.
         */
        get: operations["getAudit"];
    };
    "/api/v1/audit/chain": {
        parameters: {
        };
        /** Whether the log is as it was written: every entry that is in the store is held against its seal. For auditors. */
        get: operations["getAuditChain"];
    };
    "/api/v1/availability/{kind}/{id}": {
        parameters: {
        };
        /** When a person, a room, a terminal or all of a site can be used. Schedulers only. */
        get: operations["getAvailabilityKindId"];
        /** Sets when a person, a room, a terminal or all of a site can be used; all of it anew. Schedulers only. */
        put: operations["putAvailabilityKindId"];
    };
    "/api/v1/calendar": {
        parameters: {
        };
        /** Gives one's own feed a new address; the one before leads nowhere from now on. */
        post: operations["postCalendar"];
    };
    "/api/v1/calendar/{file}": {
        parameters: {
        };
        /** A feed: the sessions of the last 30 days and the coming 366, at most 500, cancelled ones marked as such. */
        get: operations["getCalendarFile"];
    };
    "/api/v1/cases": {
        parameters: {
        };
        /** Cases, the latest first: one's own, and for a scheduler those of the sites for which it books, without anything of patients. */
        get: operations["getCases"];
        /** Requests a consultation. Village doctors only. */
        post: operations["postCases"];
    };
    "/api/v1/cases/queue": {
        parameters: {
        };
        /**
         * Cases that wait for doctors to be invited, the next one first: urgent ones by age, and of the others one of each site in a
         *     round, those first that had fewer in the last seven days. For who books: those of the sites for which they do.
         */
        get: operations["getCasesQueue"];
    };
    "/api/v1/cases/{id}": {
        parameters: {
        };
        /** One case. What is of the patient is there for who cares for the patient, and the read is written down before. */
        get: operations["getCasesId"];
    };
    "/api/v1/cases/{id}/answer": {
        parameters: {
        };
        /** Accepts an invitation, declines it, or says that another specialty is needed. For invited doctors. */
        post: operations["postCasesIdAnswer"];
    };
    "/api/v1/cases/{id}/break-glass": {
        parameters: {
        };
        /**
         * Reads the case of somebody else's patient in an emergency. Doctors only. The reason stands in the log of reads and among the
         *     events of the case, which its doctors read.
         */
        post: operations["postCasesIdBreakGlass"];
    };
    "/api/v1/cases/{id}/cancel": {
        parameters: {
        };
        /** Gives a case up before an opinion is signed, and cancels its session. For the inviting doctor, and who books for its site. */
        post: operations["postCasesIdCancel"];
    };
    "/api/v1/cases/{id}/check-in": {
        parameters: {
        };
        /**
         * Attests who the patient is, for the session of the case, from 15 minutes before it starts until it is over. For the inviting
         *     doctor, beside whom the patient sits.
         */
        post: operations["postCasesIdCheckIn"];
    };
    "/api/v1/cases/{id}/close": {
        parameters: {
        };
        /** Closes a case of which the latest opinion is decided. For the inviting doctor. */
        post: operations["postCasesIdClose"];
    };
    "/api/v1/cases/{id}/consents": {
        parameters: {
        };
        /** What was consented to and withdrawn in a case, and the texts that are read. For who cares for the patient. */
        get: operations["getCasesIdConsents"];
        /** Notes a consent of the patient, or of who consents for the patient, to one purpose. For the inviting doctor. */
        post: operations["postCasesIdConsents"];
    };
    "/api/v1/cases/{id}/decision": {
        parameters: {
        };
        /** Decides what of the latest opinion is adopted: diagnosis and treatment stay with the inviting side. For the inviting doctor. */
        post: operations["postCasesIdDecision"];
    };
    "/api/v1/cases/{id}/events": {
        parameters: {
        };
        /** What happened to a case, by whom and when; why, for who cares for the patient. */
        get: operations["getCasesIdEvents"];
    };
    "/api/v1/cases/{id}/materials": {
        parameters: {
        };
        /** Every material of a case. For who cares for the patient. */
        get: operations["getCasesIdMaterials"];
        /** Announces a material; its bytes follow in pieces. The same file is one material of a case, however often it is announced. */
        post: operations["postCasesIdMaterials"];
    };
    "/api/v1/cases/{id}/materials/{material}": {
        parameters: {
        };
        /** Takes a material out, as long as no opinion is signed. For who has added it, and the inviting doctor. */
        delete: operations["deleteCasesIdMaterialsMaterial"];
    };
    "/api/v1/cases/{id}/materials/{material}/{part}": {
        parameters: {
        };
        /**
         * A file of a material: the preview first, the original where it is needed. For who cares for the patient. A download that was
         *     cut goes on by `Range: bytes=N-`.
         */
        get: operations["getCasesIdMaterialsMaterialPart"];
        /**
         * Takes a piece of a file, which begins where the last one ended. The first piece has at least 132 bytes, or is the whole file. With
         *     its last piece the file is held against its SHA-256; an original that is whole is a step of its case.
         */
        patch: operations["patchCasesIdMaterialsMaterialPart"];
    };
    "/api/v1/cases/{id}/opinion": {
        parameters: {
        };
        /** An opinion with its signature: of a version, or the latest. For who cares for the patient. */
        get: operations["getCasesIdOpinion"];
        /** Signs an opinion, or a new version of it; those before stay as they are. For invited doctors who have accepted. */
        post: operations["postCasesIdOpinion"];
    };
    "/api/v1/cases/{id}/schedule": {
        parameters: {
        };
        /**
         * Says which session is booked for a case. For who books for the inviting site; the session is booked by
         *     `POST /api/v1/sessions` before.
         */
        post: operations["postCasesIdSchedule"];
    };
    "/api/v1/cases/{id}/triage": {
        parameters: {
        };
        /** Invites doctors, and says how urgent a case is. For who books for the inviting site. */
        post: operations["postCasesIdTriage"];
    };
    "/api/v1/cases/{id}/withdrawal": {
        parameters: {
        };
        /**
         * Notes that a consent is withdrawn: what it allowed ends at once. For whoever cares for the patient, and who books for the
         *     inviting site, at any time.
         */
        post: operations["postCasesIdWithdrawal"];
    };
    "/api/v1/changes": {
        parameters: {
        };
        /**
         * What happened to the sessions that the person who asks takes part in, or did; for a scheduler to all. In order, without
         *     gaps: who asks again with `next` misses nothing and gets nothing twice.
         */
        get: operations["getChanges"];
    };
    "/api/v1/county": {
        parameters: {
        };
        /** What the county is called, and whether it is set up; for who has not come in. */
        get: operations["getCounty"];
    };
    "/api/v1/county/steps": {
        parameters: {
        };
        /** What the county has and what it still needs until the first session. Administrators only. */
        get: operations["getCountySteps"];
    };
    "/api/v1/device/challenge": {
        parameters: {
        };
        /**
         * A challenge for a device with this key, to be signed within a minute. Nothing is kept of it, and nothing is said of whether
         *     there is such a device.
         */
        post: operations["postDeviceChallenge"];
    };
    "/api/v1/device/day": {
        parameters: {
        };
        /**
         * The day of a terminal: the sessions of its room, and those of its site. With `seen` and `wait` the answer comes when
         *     something else is to be shown, when the device is revoked, or when the wait is over.
         */
        get: operations["getDeviceDay"];
    };
    "/api/v1/device/login": {
        parameters: {
        };
        /** Lets a device come back that has signed a challenge: the cookie names it for an hour. */
        post: operations["postDeviceLogin"];
    };
    "/api/v1/device/pair": {
        parameters: {
        };
        /** Brings a device in by a pairing code, and its public key: the code is used by that, and the cookie names the device. */
        post: operations["postDevicePair"];
    };
    "/api/v1/device/sessions/{id}/join": {
        parameters: {
        };
        /** A room token for the device, from 15 minutes before the start of a class in its room or with its terminal to 15 minutes after the end. */
        post: operations["postDeviceSessionsIdJoin"];
    };
    "/api/v1/directory": {
        parameters: {
        };
        /**
         * Everybody and everything that can be booked, page by page: organizations, then rooms, terminals and people, each in the order
         *     of their ids. For schedulers and administrators.
         */
        get: operations["getDirectory"];
    };
    "/api/v1/guest/join": {
        parameters: {
        };
        /** Comes in: the ticket belongs to this browser from then on. A guest may come back, here, until the room closes. */
        post: operations["postGuestJoin"];
    };
    "/api/v1/guest/look": {
        parameters: {
        };
        /**
         * What a ticket is for; it is not used by that. The answer names the browser by a cookie, so that what follows, and what
         *     is sent again because an answer was lost, comes from the same one.
         */
        post: operations["postGuestLook"];
    };
    "/api/v1/holds": {
        parameters: {
        };
        /**
         * Holds all people, rooms and terminals of a time, and what the booking would take of lines, or nothing, for a time that is told. To others
         *     they are taken until then; `POST /api/v1/sessions` with `holdId` books over the hold in one step. Schedulers only.
         */
        post: operations["postHolds"];
    };
    "/api/v1/holds/{id}": {
        parameters: {
        };
        /**
         * Gives a hold back: its people, rooms and lines are free at once. Twice is the same as once, and one that has run out is given
         *     back already.
         */
        delete: operations["deleteHoldsId"];
    };
    "/api/v1/holds/{id}/extend": {
        parameters: {
        };
        /** Holds on for a time from now, but for no longer than half an hour in all; never shorter than it is held already. */
        post: operations["postHoldsIdExtend"];
    };
    "/api/v1/holidays": {
        parameters: {
        };
        /** The years of which the legal holidays are known. Schedulers only. */
        get: operations["getHolidays"];
    };
    "/api/v1/holidays/{year}": {
        parameters: {
        };
        /** The legal holidays of a year and the workdays that make up for them. Schedulers only. */
        get: operations["getHolidaysYear"];
        /** Sets the legal holidays of a year for the county; they stand for those that come with the program. Administrators only. */
        put: operations["putHolidaysYear"];
    };
    "/api/v1/imports": {
        parameters: {
        };
        /**
         * Takes in a table of areas, organizations, rooms, people, terminals and lines of sites: all of its lines, or none. With `dry-run=true` nothing is changed,
         *     and the report says what would become of each line. Administrators only.
         * @description The first line names the columns, in Chinese or English: `table` (area, organization, room, person, terminal, line), `id` (of an
         *     area its code), `name`, `name_en`, `name_bo`, `name_ug`, `kind` (of an organization health, education; of a terminal screen, computer, tablet,
         *     phone), `area` of an organization (code or name), `organization` and `room` (id or name), `roles` and `interprets` (with `;`
         *     between them; languages as `bo-zh`) and `retired` (yes, no). Of the line of a site `down_kbps` and `up_kbps` (kbit/s that may be
         *     booked at once), `month_mb` (megabytes a month) and `tariff` (fen for a megabyte by the hour, `00:00=0.5;08:00=2`, or one price);
         *     an empty cell leaves what is stored, `none` takes it away. A line without an id means the one of that name in its organization or room. UTF-8, UTF-16 or GB18030; commas, semicolons or tabs.
         */
        post: operations["postImports"];
    };
    "/api/v1/learning-groups": {
        parameters: {
        };
        /** The learning groups of a site. For who books for it. */
        get: operations["getLearningGroups"];
        /** Keeps a learning group. For who books for its site. */
        post: operations["postLearningGroups"];
    };
    "/api/v1/learning-groups/{id}": {
        parameters: {
        };
        /** A learning group. For who books for its site. */
        get: operations["getLearningGroupsId"];
        /**
         * Changes a learning group, or retires it. Classes that have not begun have it as it is now; of others nothing is changed. For
         *     who books for its site.
         */
        patch: operations["patchLearningGroupsId"];
    };
    "/api/v1/links": {
        parameters: {
        };
        /** What a link is for, if it works. Looking does not use it. */
        post: operations["postLinks"];
    };
    "/api/v1/login": {
        parameters: {
        };
        /** Comes in: a cookie names the login from then on. */
        post: operations["postLogin"];
    };
    "/api/v1/login/provider": {
        parameters: {
        };
        /** Goes to the provider of single sign-on to come in. */
        get: operations["getLoginProvider"];
    };
    "/api/v1/login/provider/back": {
        parameters: {
        };
        /** Comes back from the provider: in, connected, or to the page that says why not. */
        get: operations["getLoginProviderBack"];
    };
    "/api/v1/logout": {
        parameters: {
        };
        /** Goes out: here, or on every device. Who is not in is out as well. */
        post: operations["postLogout"];
    };
    "/api/v1/me": {
        parameters: {
        };
        /**
         * The home page of the person who asks: who it is, the time, today's sessions and whatever can be joined now, and
         *     one's own of the week after, what others have changed of one's own, and whether one is reminded of anything. Its tag is of all but the time: who is told that
         *     nothing has changed takes the time from `Date`.
         */
        get: operations["getMe"];
    };
    "/api/v1/me/mails": {
        parameters: {
        };
        /** What one wants of invitations by mail. */
        get: operations["getMeMails"];
        /** Says whether one wants invitations by mail, and in which language. The address itself is the register's. */
        put: operations["putMeMails"];
    };
    "/api/v1/me/password": {
        parameters: {
        };
        /** Changes one's password. All logins end, on every device, and one begins here. */
        put: operations["putMePassword"];
    };
    "/api/v1/me/provider": {
        parameters: {
        };
        /** The provider of single sign-on, and whether one's account is connected with an identity there. */
        get: operations["getMeProvider"];
        /** Goes to the provider to connect one's account with one's identity there. The browser must be in by login. */
        post: operations["postMeProvider"];
        /** Takes one's identity at the provider from one's account. The password stays as the way in, so there must be one. */
        delete: operations["deleteMeProvider"];
    };
    "/api/v1/me/reminders": {
        parameters: {
        };
        /** What one is reminded of, and who has not answered of the sessions that one booked. */
        get: operations["getMeReminders"];
    };
    "/api/v1/organizations": {
        parameters: {
        };
        /** The organizations of the county, retired ones too, in the order of their ids. */
        get: operations["getOrganizations"];
        /** Makes an organization. */
        post: operations["postOrganizations"];
    };
    "/api/v1/organizations/{id}": {
        parameters: {
        };
        /** Changes an organization, retires it or takes it back. */
        put: operations["putOrganizationsId"];
    };
    "/api/v1/organizations/{id}/calendar": {
        parameters: {
        };
        /** Gives the feed of a site a new address; the one before leads nowhere from now on. Schedulers only. */
        post: operations["postOrganizationsIdCalendar"];
    };
    "/api/v1/organizations/{id}/day": {
        parameters: {
        };
        /**
         * The day of a site: every session in which somebody, a room or a terminal of it takes part, as short as it can be told. An answer has
         *     at most 4 kB with its headers, unpacked: some 20 sessions; `next` leads to those that follow. For the schedulers of
         *     the county and of the part of it in which the site lies, and for the people of the site.
         */
        get: operations["getOrganizationsIdDay"];
    };
    "/api/v1/organizations/{id}/line": {
        parameters: {
        };
        /** What the line of an organization carries and costs. Schedulers of there only. */
        get: operations["getOrganizationsIdLine"];
        /**
         * Says what the line of an organization carries and costs; without bounds and prices it is forgotten. Sessions that are booked
         *     from then on are held to it; it cannot be less than what is booked already. Schedulers of there only.
         */
        put: operations["putOrganizationsIdLine"];
    };
    "/api/v1/organizations/{id}/reception": {
        parameters: {
        };
        /** How the people of an organization are served. Schedulers only. */
        get: operations["getOrganizationsIdReception"];
        /** Serves the people of an organization like this, from the next time that they join a session. Schedulers only. */
        put: operations["putOrganizationsIdReception"];
    };
    "/api/v1/password": {
        parameters: {
        };
        /** Sets a password by a link from an administrator, and comes in. All other logins of the person end. */
        post: operations["postPassword"];
    };
    "/api/v1/people": {
        parameters: {
        };
        /** The people of the county, retired ones too, in the order of their ids. */
        get: operations["getPeople"];
        /** Makes a person. */
        post: operations["postPeople"];
    };
    "/api/v1/people/{id}": {
        parameters: {
        };
        /**
         * Changes a person, retires it or takes it back. Who is retired cannot be booked any more, and no link of theirs opens
         *     anything from then on. Who is booked is not retired: `still-booked`, with the first 20 `sessions` that need another.
         */
        put: operations["putPeopleId"];
    };
    "/api/v1/people/{id}/assignments": {
        parameters: {
        };
        /** The roles of a person, and where the person holds them. For those who give roles. */
        get: operations["getPeopleIdAssignments"];
        /** Gives a person a role somewhere; given twice it is given once. For those who give roles. */
        post: operations["postPeopleIdAssignments"];
        /** Takes a role from a person. The last one who can give roles, or keep the county, keeps that. For those who give roles. */
        delete: operations["deletePeopleIdAssignments"];
    };
    "/api/v1/people/{id}/minor": {
        parameters: {
        };
        /** When a person was born who is or was a minor, and who answers for the person. Administrators only. */
        get: operations["getPeopleIdMinor"];
        /**
         * Says that a person is a minor: the day of birth, and the guardians. From then on to the eighteenth birthday no session is
         *     booked or joined in which an adult would be alone with the person: there are two adults, of whom one holds a role that
         *     answers for minors, or a guardian. Administrators only.
         */
        put: operations["putPeopleIdMinor"];
    };
    "/api/v1/people/{id}/reminders": {
        parameters: {
        };
        /** By what a person is reminded. For the person, and who keeps the call list of the person's site. */
        get: operations["getPeopleIdReminders"];
        /**
         * Says by what a person is reminded, from now on and of what is booked already: steps that were taken stay. For the person, and who
         *     keeps the call list of the person's site.
         */
        put: operations["putPeopleIdReminders"];
    };
    "/api/v1/recordings": {
        parameters: {
        };
        /**
         * A ticket for the recorder's list (`GET /replay/recordings`): the recordings that the person may see.
         * @description These are the recordings of one's own sessions, of lessons in which one's organization took part, and for a
         *     scheduler all. A ticket names at most 60 sessions, the latest first; `next` leads to the ones before.
         */
        get: operations["getRecordings"];
    };
    "/api/v1/recordings/{id}/deletion": {
        parameters: {
        };
        /**
         * A ticket to delete one recording (`DELETE /replay/recordings/{id}`), for a minute. For schedulers and for those who
         *     led the session.
         */
        post: operations["postRecordingsIdDeletion"];
    };
    "/api/v1/recordings/{id}/ticket": {
        parameters: {
        };
        /**
         * A ticket to see one recording: what is told of it, its files and its slides, for ten minutes. Who plays for longer
         *     asks again.
         */
        post: operations["postRecordingsIdTicket"];
    };
    "/api/v1/register/events": {
        parameters: {
        };
        /**
         * What was done to the register, roles, accounts and minors, by whom, when and why, in order and without gaps. For those who give roles, keep
         *     the county or audit it.
         */
        get: operations["getRegisterEvents"];
    };
    "/api/v1/reminders": {
        parameters: {
        };
        /**
         * Who of a site is to be told of what today and tomorrow, by what each is reminded, and who has answered. For the village leader,
         *     the health worker and the teacher of the site, and who books for it.
         */
        get: operations["getReminders"];
    };
    "/api/v1/reminders/slips": {
        parameters: {
        };
        /**
         * One slip of paper for each person of a call list who has not answered, as a file for a receipt printer (ESC/POS, GB18030): name,
         *     day and time, place, and what to bring.
         */
        get: operations["getRemindersSlips"];
    };
    "/api/v1/roles": {
        parameters: {
        };
        /** Every standing role, and what it may do on which level of area. */
        get: operations["getRoles"];
    };
    "/api/v1/rooms": {
        parameters: {
        };
        /** The rooms of the county, retired ones too, in the order of their ids. */
        get: operations["getRooms"];
        /** Makes a room. */
        post: operations["postRooms"];
    };
    "/api/v1/rooms/{id}": {
        parameters: {
        };
        /**
         * Changes a room, retires it or takes it back. A room that is booked is not retired: `still-booked`, with the first 20 `sessions`
         *     that need another.
         */
        put: operations["putRoomsId"];
    };
    "/api/v1/schedule": {
        parameters: {
        };
        /** The sessions of a person, a room or a site in some days, page by page. Schedulers only. */
        get: operations["getSchedule"];
    };
    "/api/v1/series": {
        parameters: {
        };
        /**
         * Books a series: each occurrence of its rule is a session of its own. Where somebody or something is taken or not open, that
         *     occurrence is skipped and owed, or (`ifBlocked`: `refuse`) nothing is booked; the answer says of each what became of it.
         *     If every one is blocked, nothing is booked. With `overrideReason` sessions go against hours. Schedulers only.
         */
        post: operations["postSeries"];
    };
    "/api/v1/series/{id}": {
        parameters: {
        };
        /** A series and what became of each of its occurrences. Schedulers only. */
        get: operations["getSeriesId"];
        /**
         * Changes a series from one of its occurrences on, or all that are to come: time, length, rule, rooms, people, title, recording.
         *     All of it in one step; of each occurrence the answer says what became of it. What was changed of one session alone it keeps,
         *     unless the request says otherwise. The same change sent twice is made once. Schedulers only.
         */
        patch: operations["patchSeriesId"];
    };
    "/api/v1/series/{id}/cancel": {
        parameters: {
        };
        /**
         * Cancels a series from one of its occurrences on, or all that are to come, in one step; what is owed there is owed no more. One
         *     session alone is cancelled as any other, and is owed then. What has begun stays. Schedulers only; twice is the same as once.
         */
        post: operations["postSeriesIdCancel"];
    };
    "/api/v1/series/{id}/occurrences/{number}/make-up": {
        parameters: {
        };
        /**
         * Books a session that stands for an owed occurrence, with the same people and rooms, as any booking within their hours or with a
         *     reason. Schedulers only.
         */
        post: operations["postSeriesIdOccurrencesNumberMakeUp"];
    };
    "/api/v1/series/{id}/occurrences/{number}/waive": {
        parameters: {
        };
        /** What is owed of an occurrence is owed no more, for a reason. Schedulers only. */
        post: operations["postSeriesIdOccurrencesNumberWaive"];
    };
    "/api/v1/sessions": {
        parameters: {
        };
        /**
         * The sessions of a day: one's own, for a scheduler all. Without a day, today's and whatever can be joined now: shortly
         *     before midnight that may be a session of tomorrow, shortly after it one of yesterday.
         */
        get: operations["getSessions"];
        /** Books a session with all its people, rooms and terminals, or nothing. Schedulers only. */
        post: operations["postSessions"];
    };
    "/api/v1/sessions/quote": {
        parameters: {
        };
        /**
         * What a session would take of the line of each of its sites, in each mode that they may have, what that costs and whether it
         *     fits. Nothing is booked; the title may be missing. Schedulers only.
         */
        post: operations["postSessionsQuote"];
    };
    "/api/v1/sessions/{id}": {
        parameters: {
        };
        /** One session, for its participants and schedulers. */
        get: operations["getSessionsId"];
        /**
         * Changes a session that is not over: title, time, rooms, people, recording, all of it or nothing. Schedulers only. What
         *     has begun keeps its start and can be prolonged or shortened. The same change sent twice is made once: the second answer
         *     is the session as it is. People who are not in it any more are out of its room at once.
         */
        patch: operations["patchSessionsId"];
    };
    "/api/v1/sessions/{id}/acknowledgement": {
        parameters: {
        };
        /**
         * Says that one knows of a session, or that one has told somebody: nobody is reminded of it any more then. The first answer stays;
         *     a session that is moved asks again. For the people of the session, and for who keeps the call list of the other one's site.
         */
        post: operations["postSessionsIdAcknowledgement"];
    };
    "/api/v1/sessions/{id}/attendance": {
        parameters: {
        };
        /**
         * What came of a class at each of its places: whether it was present by what was received there, which groups attend, and how
         *     many pupils were counted. For who books the session and who gives the class; a local teacher is told of the own place.
         * @description What is received comes some 20 seconds after it was. What is not known is `unknown`, and never made `present`.
         */
        get: operations["getSessionsIdAttendance"];
    };
    "/api/v1/sessions/{id}/cancel": {
        parameters: {
        };
        /**
         * Cancels a session that is not over and frees its people and rooms. Schedulers only; twice is the same as once. People who
         *     are in its room are told, and sent away a minute later; the reason, if there is one, is shown to all who are booked.
         */
        post: operations["postSessionsIdCancel"];
    };
    "/api/v1/sessions/{id}/candidates": {
        parameters: {
        };
        /** Who could be asked into a session that runs, in one role. For whoever leads it. */
        get: operations["getSessionsIdCandidates"];
    };
    "/api/v1/sessions/{id}/end": {
        parameters: {
        };
        /**
         * Ends a session for all who are in its room, at once; nobody joins it any more. Only whoever leads it, from its start until its
         *     room closes;
         *     twice is the same as once. Its people and places are free from then
         *     on; its times stay as they were planned.
         */
        post: operations["postSessionsIdEnd"];
    };
    "/api/v1/sessions/{id}/events": {
        parameters: {
        };
        /** What happened to one session, first to last. Schedulers only. */
        get: operations["getSessionsIdEvents"];
    };
    "/api/v1/sessions/{id}/groups/{site}": {
        parameters: {
        };
        /**
         * Says which groups of a place attend a class, until 24 hours after its end. A group is kept with the class as it is when the
         *     class begins, or when it is named later than that. With `later` the same groups attend the later classes of the series there,
         *     all of them or none; one that is retired stays in the classes that have it, and comes into no other. For who books for the place.
         */
        put: operations["putSessionsIdGroupsSite"];
    };
    "/api/v1/sessions/{id}/guests": {
        parameters: {
        };
        /** The guests of a session. For schedulers, and who may ask them in. */
        get: operations["getSessionsIdGuests"];
        /**
         * Makes a ticket for a guest: a link, and six digits for who has no camera to read it. Both are told once, work from some
         *     minutes before the start until the end, and for the first browser that comes. For schedulers, and the village doctor or
         *     a teacher in the session.
         */
        post: operations["postSessionsIdGuests"];
    };
    "/api/v1/sessions/{id}/guests/{guest}": {
        parameters: {
        };
        /**
         * Lets a guest in no more: who is inside is sent away within seconds, and neither link nor digits open anything. For
         *     schedulers, and the village doctor or a teacher in the session.
         */
        delete: operations["deleteSessionsIdGuestsGuest"];
    };
    "/api/v1/sessions/{id}/headcounts/{site}": {
        parameters: {
        };
        /**
         * Counts the pupils at a place of a class, from when it can be joined until 24 hours after its end; the last count is told,
         *     and none is lost. For the local teacher: the classroom in the class, or the teacher of a group that attends there.
         */
        put: operations["putSessionsIdHeadcountsSite"];
    };
    "/api/v1/sessions/{id}/join": {
        parameters: {
        };
        /** A room token for a participant, from 15 minutes before the start to 15 minutes after the end. Then the room closes. */
        post: operations["postSessionsIdJoin"];
    };
    "/api/v1/sessions/{id}/mails": {
        parameters: {
        };
        /** How the people of a session were told of it by mail: what waits, what was taken, what was refused and why. For schedulers. */
        get: operations["getSessionsIdMails"];
    };
    "/api/v1/sessions/{id}/participants": {
        parameters: {
        };
        /**
         * Asks a third person into a session that can be joined and is not over; who is booked is told, and the person finds the session on the home
         *     page. Whoever leads it does so, and need not wait for a scheduler. The person has to be free from now on; where the session
         *     stands in other ways is as for a scheduler's change. Twice is the same as once.
         */
        post: operations["postSessionsIdParticipants"];
    };
    "/api/v1/sessions/{id}/receipts": {
        parameters: {
        };
        /**
         * What everybody really received in a session, as their clients told: the sums of each person, and the receipts of some
         *     ten seconds each, in the order in which they came. For its participants and schedulers.
         * @description Receipts come some 20 seconds after what they are of, later if the gateway was away. They are kept for 30 days; the sums
         *     are kept as long as the session.
         */
        get: operations["getSessionsIdReceipts"];
    };
    "/api/v1/setup": {
        parameters: {
        };
        /** Names the county, makes its first administrator and comes in as that person. The link is used by it. */
        post: operations["postSetup"];
    };
    "/api/v1/slots:search": {
        parameters: {
        };
        /**
         * Finds the earliest times at which one of each need is free, by their hours, holidays, bookings and ways. Schedulers only.
         *     Nothing is booked or held: the answer is what it was when it was given. What others hold is taken, what the one who asks
         *     holds is free. A scheduler of a part of the county looks for what can be booked there: one need is served by people or rooms of
         *     there alone.
         */
        post: operations["postSlotsSearch"];
    };
    "/api/v1/terminals": {
        parameters: {
        };
        /**
         * The terminals of the county, retired ones too, in the order of their ids. Who pairs devices in a part of the county is told of
         *     those there, and a page may have fewer entries than it could.
         */
        get: operations["getTerminals"];
        /** Makes a terminal in a room. */
        post: operations["postTerminals"];
    };
    "/api/v1/terminals/{id}": {
        parameters: {
        };
        /** Changes a terminal, puts it into another room, retires it or takes it back. */
        put: operations["putTerminalsId"];
    };
    "/api/v1/terminals/{id}/devices": {
        parameters: {
        };
        /**
         * The devices of a terminal, revoked ones too. For administrators and schedulers of the county, or of where the
         *     terminal stands.
         */
        get: operations["getTerminalsIdDevices"];
    };
    "/api/v1/terminals/{id}/devices/{device}": {
        parameters: {
        };
        /**
         * Lets a device in no more: at once in no page, and within seconds in no room. For administrators and schedulers of the
         *     county, or of where the terminal stands.
         */
        delete: operations["deleteTerminalsIdDevicesDevice"];
    };
    "/api/v1/terminals/{id}/pairing": {
        parameters: {
        };
        /**
         * Makes a pairing code of a terminal: a link that works for a day, and six digits that work for ten minutes. Both are told
         *     once and bring one device in; the terminal's code before it works no more. For administrators and schedulers of the county,
         *     or of where the terminal stands.
         */
        post: operations["postTerminalsIdPairing"];
    };
    "/api/v1/webhooks": {
        parameters: {
        };
        /** The webhooks of the county: where each is, what it is told of, how far it is and why it failed last. */
        get: operations["getWebhooks"];
        /**
         * Makes a webhook: messages by `POST`, signed as Standard Webhooks 1.0 says (`webhook-id`, `webhook-timestamp`,
         *     `webhook-signature`), of all that happens from now on. An event comes at least once and in order; a second time it has the
         *     same `webhook-id`. What is not taken with a status 2xx within 10 s is tried again, after 5 s up to an hour, for three days; then
         *     the webhook is paused, and what happens waits.
         */
        post: operations["postWebhooks"];
    };
    "/api/v1/webhooks/{id}": {
        parameters: {
        };
        /** Deletes a webhook: nothing is sent to it any more, and what waited is told to nobody. */
        delete: operations["deleteWebhooksId"];
        /** Changes a webhook, pauses it or goes on with it. What waits is sent at once to a new address, and when it goes on. */
        patch: operations["patchWebhooksId"];
    };
    "/api/v1/webhooks/{id}/deliveries": {
        parameters: {
        };
        /** What became of the latest 100 tries to deliver messages to a webhook, the latest first. */
        get: operations["getWebhooksIdDeliveries"];
    };
    "/api/v1/webhooks/{id}/replay": {
        parameters: {
        };
        /** Sends again from an event on, in order, under the same ids; or passes over what waits. A webhook that is paused stays so. */
        post: operations["postWebhooksIdReplay"];
    };
    "/api/v1/webhooks/{id}/secret": {
        parameters: {
        };
        /**
         * Gives a webhook a new secret, told this once. Both sign, the new one first, until the receiver has had the time to exchange them; of
         *     three the oldest signs no more.
         */
        post: operations["postWebhooksIdSecret"];
    };
    "/api/v1/webhooks/{id}/test": {
        parameters: {
        };
        /** Sends a test message (`type` `webhook.test`) now, and tells what became of it. It is tried once, and moves nothing. */
        post: operations["postWebhooksIdTest"];
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A person who comes in by login name. */
        Account: {
            enabled: boolean;
            /** @description Whether the person has set a password. */
            hasPassword: boolean;
            loginName: string;
            names: components["schemas"]["Names"];
            personId: string;
        };
        /** @description Accounts in the order of their people's ids. */
        Accounts: {
            accounts: components["schemas"]["Account"][];
            /** @description For `after`, to read on; null at the end. */
            next: string | null;
        };
        /** @description Who is not reminded of a session any more. */
        AcknowledgedBy: {
            personId: string;
            sessionId: string;
        };
        /** @description That somebody knows of a session. */
        Acknowledgement: {
            how?: components["schemas"]["ToldHow"] | null;
            /** @description Who was told; absent: oneself. */
            personId?: string | null;
        };
        /** @description An agreement: what was promised, and what came of it. */
        Agreement: {
            /**
             * Format: int32
             * @description Consultations of its sides in the month, under it or another one, and those of them with a signed opinion.
             */
            booked: number;
            /** @description RFC 3339 in the county's zone. */
            changedAt: string;
            /** Format: int32 */
            delivered: number;
            from: string;
            /** @description Of the order of their making. */
            id: string;
            invitedId: string;
            invitedNames: components["schemas"]["Names"];
            inviting: components["schemas"]["ScopeForm"];
            invitingNames: components["schemas"]["Names"] | null;
            /** Format: int32 */
            monthMax: number | null;
            paper: string;
            /** @enum {string} */
            state: "draft" | "signed" | "suspended" | "ended";
            steps: ("sign" | "suspend" | "resume" | "end")[];
            until: string;
            /**
             * Format: int64
             * @description Grows with each change; in quotes the ETag of the agreement.
             */
            version: number;
        };
        /** @description A step of an agreement. */
        AgreementAct: {
            /** @description Why: one line, at most 200 characters. */
            reason?: string | null;
            /** @enum {string} */
            step: "sign" | "suspend" | "resume" | "end";
        };
        /** @description What two sides agree. */
        AgreementForm: {
            /** @description First day on which it holds, YYYY-MM-DD. */
            from: string;
            /** @description The organization that is consulted. */
            invitedId: string;
            /** @description Who consults: `site`, `area` (every organization in it) or `county`. */
            inviting: components["schemas"]["ScopeForm"];
            /**
             * Format: int32
             * @description Most consultations in a calendar month, 1 to 10000; as many as are asked for if absent.
             */
            monthMax?: number | null;
            /** @description Number of the paper that both have signed; one line, at most 60 characters. */
            paper: string;
            /** @description Last day on which it holds. */
            until: string;
        };
        /** @description A page of agreements. */
        Agreements: {
            /** @description In the order of their making, at most 100. */
            agreements: components["schemas"]["Agreement"][];
            /** @description The month of `booked` and `delivered`, YYYY-MM. */
            month: string;
            /** @description `after` of the request for the rest; null at the end. */
            next: string | null;
        };
        /** @description An area as it is to be. */
        AreaForm: {
            /** @description One line, at most 80 characters. */
            name: string;
        };
        /** @description An area. */
        AreaFound: {
            /** @description 2, 4, 6, 9 or 12 digits: province, city, county, township, village. */
            code: string;
            name: string;
            /** @description Names of the areas that it lies in, the widest first. */
            within: string[];
        };
        /** @description Areas that were found. */
        AreasFound: {
            areas: components["schemas"]["AreaFound"][];
            /** @description `after` of the request for the next page of a list; null if this is the last one, or if a word was looked for. */
            next: string | null;
        };
        /** @description Somebody to be asked into a session that runs. */
        AskedIn: {
            /**
             * @description Of an interpreter: between which languages, such as `bo-zh`.
             * @example bo-zh
             */
            interprets?: string | null;
            /** @description Why now although the person has other hours; one line, at most 200 characters. */
            overrideReason?: string | null;
            personId: string;
            /** @description Why, for the people who are booked; one line, at most 200 characters. */
            reason?: string | null;
            /** @enum {string} */
            role: "specialist" | "village_doctor" | "lead_teacher" | "classroom" | "observer" | "patient" | "pupil" | "interpreter";
        };
        /** @description A role that a person holds. */
        Assignment: {
            /** @description RFC 3339. */
            givenAt: string;
            /** @description Person id, or `register`, `setup`, `demo`, `upgrade`. */
            givenBy: string;
            role: string;
            scope: components["schemas"]["ScopeForm"];
            scopeNames: components["schemas"]["Names"] | null;
        };
        /** @description The roles of a person. */
        Assignments: {
            assignments: components["schemas"]["Assignment"][];
        };
        /** @description Whether the log is as it was written. */
        AuditChain: {
            /**
             * Format: int64
             * @description The first entry that is missing or not as it was sealed; null if all are whole.
             */
            brokenAt?: number | null;
            /**
             * Format: int64
             * @description Number of the first entry that is in the store; those before it are in files of the data folder.
             */
            first: number;
            /** Format: int64 */
            latest: number;
            /** @description Of the latest entry: written down elsewhere, it shows that nothing before it was made anew. */
            seal: string;
        };
        /** @description A part of the log, latest first. */
        AuditPage: {
            entries: components["schemas"]["Audited"][];
            /** @description `before` of the request for the next page; null at the end. */
            next?: string | null;
        };
        /** @description One read. */
        Audited: {
            /**
             * @description `session`, `room`, `receipts`, `all-recordings`, `recording`, `recording-deletion`, `cases`, `case`, `case-events`,
             *     `opinion`, `materials`, `material`, `break-glass` or `audit`.
             */
            act: string;
            /** @description Where it was asked from; of IPv6 the network. Empty if that is not known. */
            address: string;
            /** @description RFC 3339. */
            at: string;
            names: components["schemas"]["Names"] | null;
            /** Format: int64 */
            number: number;
            /** @description Id of the session, the recording, the case or the material; empty of lists. */
            object: string;
            personId: string;
            /** @description Why, as the reader said; empty if nothing was said. */
            reason: string;
            /** @description SHA-256 of the seal before it and of this entry. */
            seal: string;
        };
        /** @description Who did something. */
        Author: {
            /** @description Person id, or the name of a part of the scheduler. */
            id: string;
            names: components["schemas"]["Names"] | null;
        };
        /**
         * @description When a person, a room or all of a site can be used, by the wall clock of the county. The first that applies decides the
         *     hours of a day: an exception; a make-up workday of its own; a legal holiday; an overlay by days; the weekday. Overlays by
         *     hours hold on every day.
         */
        Availability: {
            /**
             * Format: int32
             * @description Minutes that are needed after each of its sessions, at most 720.
             * @default 0
             */
            afterMinutes: number;
            /**
             * Format: int32
             * @description Minutes that are needed before each of its sessions, such as the way there, at most 720.
             * @default 0
             */
            beforeMinutes: number;
            /**
             * @description Days with hours of their own, at most 400; closed if without a window.
             * @default []
             */
            exceptions: components["schemas"]["Exception"][];
            /**
             * @description Closed on legal holidays, and open on the weekends that make up for them: a Saturday then has the hours of Friday, a
             *     Sunday those of Monday.
             * @default false
             */
            keepsHolidays: boolean;
            /**
             * @description What else changes its hours, at most 20.
             * @default []
             */
            overlays: components["schemas"]["Overlay"][];
            /**
             * @description Hours by weekday, at most 60; null = day and night.
             * @default null
             */
            weekly: components["schemas"]["Hours"][] | null;
            /**
             * @description Days on which the hours of another weekday hold, at most 60.
             * @default []
             */
            workdays: components["schemas"]["Workday"][];
        };
        /** @description Who or what was taken or not open. */
        BlockedBy: {
            /** @enum {string} */
            cause: "taken" | "full" | "hours" | "exception" | "holiday" | "overlay" | "travel";
            /** @description When it was closed or had another session too near, RFC 3339. */
            from: string | null;
            id: string;
            /** @description `person`, `room`, `terminal`, `interpreter`, or `line` with an organization. */
            kind: string;
            names: components["schemas"]["Names"];
            /** @description When everybody and everything was to be free, and open if it was closed, RFC 3339; null if not within 31 days, and for a line. */
            nextFree: string | null;
            of: components["schemas"]["BlockedOf"] | null;
            /** @description When that was to be free or open again, RFC 3339; null for a line, and if not within 31 days. */
            takenUntil: string | null;
            to: string | null;
            /** @description Name of the overlay or holiday. */
            what: string | null;
        };
        /** @description Whose hours, overlays or holidays kept an occurrence from its time. */
        BlockedOf: {
            id: string;
            /** @description `person`, `room` or `organization`. */
            kind: string;
            names: components["schemas"]["Names"];
        };
        /** @description One thing that is in the way of the start that was wished for. */
        Blocker: {
            cause: components["schemas"]["CauseWord"];
            /** @description When it is closed or taken, RFC 3339; null if it is needed elsewhere. What reaches beyond the search is cut off there. */
            from: string | null;
            /** @description If it is taken, and only held for a booking that somebody is making: when that runs out, RFC 3339. */
            heldUntil: string | null;
            /** @description Name of the overlay or holiday. */
            name: string | null;
            /** @description The nearest fix: the nearest start, earlier or later, at which this person or room is free, RFC 3339. */
            nearest: string | null;
            /** @description The need that nobody serves, from 0; lines are counted after the needs. */
            need: number;
            of: components["schemas"]["Bookable"] | null;
            /** @description Who or what could serve it. */
            resource: components["schemas"]["Bookable"];
            to: string | null;
            /** @description The first start at which this is not in the way, RFC 3339; null if not within the search. */
            until: string | null;
        };
        /** @description A person, a room, a terminal, an interpreter, an organization or its line, as people call it. */
        Bookable: {
            id: string;
            /** @description `person`, `room`, `terminal`, `interpreter`, `organization` or `line`, which has id and name of its organization. */
            kind: string;
            names: components["schemas"]["Names"];
        };
        /** @description Who has said that the person knows. */
        CallAnswer: {
            /** @description RFC 3339 in the county's zone. */
            at: string;
            byId: string;
            /** @description `self`, `in_person` or `by_phone`. */
            how: string;
        };
        /** @description One person of one session. */
        CallLine: {
            answer: components["schemas"]["CallAnswer"] | null;
            /** @enum {string} */
            kind: "consultation" | "class" | "training" | "broadcast";
            names: components["schemas"]["Names"];
            /** @description Of the directory, or `guest-` and the id of a guest. */
            personId: string;
            phone: string | null;
            /** @description The room at the site, or the site. */
            place: components["schemas"]["Names"];
            sessionId: string;
            /** @description RFC 3339 in the county's zone. */
            startsAt: string;
            /** @description By what the person is reminded, in its order. */
            steps: components["schemas"]["CallStep"][];
            /** @description Whether the booker was told that nobody answered. */
            unanswered: boolean;
        };
        /** @description Who of a site is to be told today and tomorrow. */
        CallList: {
            /** @description Whether these are all; a list holds some 400 people. */
            complete: boolean;
            /** @description Earliest start first: what has not begun, until the end of tomorrow. */
            lines: components["schemas"]["CallLine"][];
            /** @description The site by the id of its organization. */
            siteId: string;
            /** @description The county's zone by its IANA name, such as `Asia/Shanghai`. */
            timeZone: string;
        };
        /** @description One step of a ladder. */
        CallStep: {
            /** @description `app`, `mail`, `sms`, `voice`, `paper` or `booker`. */
            channel: string;
            /** @description RFC 3339 in the county's zone. */
            dueAt: string;
            /** @description `waiting`, `handed`, `acknowledged` or `dropped`. */
            state: string;
            /** @description Why it was dropped: `refused` or `too_late`. */
            why: string | null;
        };
        /** @description What the person who asks may do. */
        Can: {
            /** @description May set the county up: its places and its people. */
            administer: boolean;
            /** @description May read who read what of patients. */
            audit: boolean;
            /** @description May book, cancel and see sessions of others: all, or those of a part of the county. */
            book: boolean;
            /** @description May say who comes in, and give and take roles. */
            keepAccess: boolean;
            /** @description Keeps the call list of a site: who is to be told of sessions there. */
            keepCalls: boolean;
        };
        /** @description Why a session is cancelled. */
        Cancellation: {
            /** @description For the people who are booked; one line, at most 200 characters. */
            reason?: string | null;
        };
        /** @description Somebody who could be asked in. */
        CandidateView: {
            /** @description Whether nothing else is booked for the person until the session ends. */
            free: boolean;
            names: components["schemas"]["Names"];
            organizationNames: components["schemas"]["Names"];
            personId: string;
        };
        /** @description Those who could be asked in. */
        Candidates: {
            /** @description Whether there are more than the list holds. */
            more: boolean;
            /** @description At most 200, those who are free first. */
            people: components["schemas"]["CandidateView"][];
        };
        /** @description A doctor of a case. */
        CareDoctor: {
            names: components["schemas"]["Names"];
            organizationId: string;
            organizationNames: components["schemas"]["Names"];
            personId: string;
        };
        /** @description A case without anything of the patient. */
        Case: {
            /** @description Whether it is attested for this session who the patient is. */
            attested: boolean;
            /** @description RFC 3339 in the county's zone. */
            changedAt: string;
            consents: ("consultation" | "recording")[];
            decision: components["schemas"]["Decision"] | null;
            /** @description UUIDv7. */
            id: string;
            /** @description Those who were invited last. */
            invited: components["schemas"]["InvitedDoctor"][];
            inviting: components["schemas"]["CareDoctor"];
            /**
             * Format: int32
             * @description How many versions of the opinion are signed.
             */
            opinions: number;
            /** @description RFC 3339 in the county's zone. */
            requestedAt: string;
            /** @description Until when it is kept at least, RFC 3339 in the county's zone; it only grows. */
            retainUntil: string;
            /** @description The session that is booked for it. */
            sessionId: string | null;
            /** @enum {string} */
            specialty: "general" | "internal" | "surgery" | "obstetrics" | "pediatrics" | "ophthalmology" | "otolaryngology" | "stomatology" | "dermatology" | "psychiatry" | "infectious" | "oncology" | "emergency" | "rehabilitation" | "imaging" | "chinese_medicine";
            /** @enum {string} */
            state: "requested" | "triaged" | "accepted" | "declined" | "redirected" | "scheduled" | "documented" | "closed" | "cancelled";
            steps: ("add" | "remove" | "triage" | "accept" | "decline" | "redirect" | "schedule" | "check-in" | "consent" | "withdraw" | "sign" | "decide" | "close" | "cancel")[];
            /** @enum {string} */
            title: "any" | "attending" | "associate_chief" | "chief";
            /** @enum {string} */
            urgency: "routine" | "soon" | "urgent";
            /**
             * Format: int64
             * @description Grows with each step; in quotes the ETag of the case.
             */
            version: number;
            /** @description RFC 3339 in the county's zone. */
            wishedAt: string;
        };
        /** @description What an invited doctor answers. */
        CaseAnswer: {
            /** @description Why, of one that declines or redirects: one line, at most 200 characters. Not told to schedulers. */
            reason?: string | null;
            /** @enum {string} */
            reply: "accept" | "decline" | "redirect";
            /** @enum {string} */
            specialty?: "general" | "internal" | "surgery" | "obstetrics" | "pediatrics" | "ophthalmology" | "otolaryngology" | "stomatology" | "dermatology" | "psychiatry" | "infectious" | "oncology" | "emergency" | "rehabilitation" | "imaging" | "chinese_medicine";
        };
        /** @description A case on one page, at most 10 kB. */
        CaseCard: {
            case: components["schemas"]["Case"];
            clinical: components["schemas"]["Clinical"] | null;
        };
        /** @description What happened to a case. */
        CaseEvent: {
            /** @description Ids of who was invited, of the session, or words: the specialty, the verdict, the version of the opinion. */
            about: string;
            /** @description RFC 3339 in the county's zone. */
            at: string;
            byId: string;
            byNames: components["schemas"]["Names"] | null;
            /**
             * @description `request`, a step, `moved`: the session begins at another time, so that the patient is to be checked in anew, or `break-glass`:
             *     somebody who does not care for the patient has read the case.
             */
            kind: string;
            /**
             * Format: int64
             * @description From 1, without gaps.
             */
            number: number;
            /** @description For who cares for the patient alone. */
            reason: string | null;
        };
        /** @description Everything that happened to a case. */
        CaseEvents: {
            /** @description The first one first. */
            events: components["schemas"]["CaseEvent"][];
        };
        /** @description The problem of a step from a version that is not the latest. */
        CaseMeanwhile: components["schemas"]["Problem"] & {
            /** @description The case as it is now. */
            case: components["schemas"]["Case"];
        };
        /** @description Cases that wait for doctors to be invited, the next one first. */
        CaseQueue: {
            /** @description At most 20. */
            cases: components["schemas"]["QueuedCase"][];
            /** @description How many wait in all; of more than 2000 the oldest are counted. */
            waiting: number;
        };
        /** @description Why something is done. */
        CaseReason: {
            /** @description One line, at most 200 characters. */
            reason: string;
        };
        /** @description What a village doctor asks for. */
        CaseRequest: {
            patient: components["schemas"]["NewPatient"];
            /** @description What it is to answer; one line, at most 200 characters. */
            purpose: string;
            /** @description Why a consultation is needed; one line, at most 200 characters. */
            reason: string;
            /** @enum {string} */
            specialty: "general" | "internal" | "surgery" | "obstetrics" | "pediatrics" | "ophthalmology" | "otolaryngology" | "stomatology" | "dermatology" | "psychiatry" | "infectious" | "oncology" | "emergency" | "rehabilitation" | "imaging" | "chinese_medicine";
            /** @description History, findings, treatment so far; at most 1200 characters. */
            summary: string;
            /** @enum {string} */
            title: "any" | "attending" | "associate_chief" | "chief";
            /** @enum {string} */
            urgency: "routine" | "soon" | "urgent";
            /**
             * @description When it is wished for, RFC 3339 with an offset, from a week ago to 366 days ahead.
             * @example 2026-11-23T09:30:00+08:00
             */
            wishedAt: string;
        };
        /** @description Which session is booked for the case. */
        CaseSession: {
            /** @description Of a consultation in which the inviting doctor takes part, and one who has accepted. */
            sessionId: string;
        };
        /** @description Cases, the latest first. */
        Cases: {
            /** @description At most 50. */
            cases: components["schemas"]["ListedCase"][];
            /** @description `before` of the request for older ones; null if there are none. */
            next: string | null;
        };
        /**
         * @description Why somebody or something cannot serve.
         * @enum {string}
         */
        CauseWord: "hours" | "exception" | "holiday" | "overlay" | "taken" | "travel" | "full" | "shared";
        /** @description What a device is to sign. */
        ChallengeMade: {
            /**
             * @description The device signs `shanqiao device 1`, the origin of its page and this, with a line feed (U+000A) between, by ECDSA on
             *     P-256 with SHA-256.
             */
            challenge: string;
            /** @description Until when that is taken, RFC 3339. */
            endsAt: string;
        };
        /** @description For which key and what a challenge is asked. */
        ChallengeWish: {
            /** @description `pair` to come in by a code, `login` to come back. */
            for: string;
            /** @description SHA-256 of the device's public key (an uncompressed point of P-256), base64url without padding. */
            key: string;
        };
        /** @description What is to be changed of a session; a member that is absent or null stays as it is. */
        Change: {
            /** @description RFC 3339 with an offset; still to come. */
            endsAt?: string | null;
            /**
             * @description Why it must be then although somebody or something is not open, or has no time for the way; one line, at most 200
             *     characters, and kept with the event. Without it such a change is refused (`/problems/not-open`).
             */
            overrideReason?: string | null;
            /** @description All people that it is to have. */
            participants?: components["schemas"]["Wanted"][] | null;
            /** @description Why, for the people who are booked; one line, at most 200 characters. */
            reason?: string | null;
            /** @description Whether to record it; stays as it is from 15 minutes before the start on. */
            recording?: boolean | null;
            /** @description All rooms that it is to have. */
            roomIds?: string[] | null;
            /** @description RFC 3339 with an offset. What has begun keeps its start. */
            startsAt?: string | null;
            /** @description All terminals that it is to have. */
            terminalIds?: string[] | null;
            /** @description One line, at most 120 characters. */
            title?: string | null;
        };
        /**
         * @description What to do with what was changed of one session alone, where the change of its series says something else.
         * @enum {string}
         */
        ChangedAlone: "keep" | "replace";
        /** @description The problem of a change of a version that is not the latest. */
        ChangedMeanwhile: components["schemas"]["Problem"] & {
            /** @description The session as it is now. */
            session: components["schemas"]["Session"];
        };
        /** @description How it is known who the patient is: by one of both. */
        CheckIn: {
            /** @description The number of the card that the patient shows, which must be the one of the request. */
            card?: string | null;
            /** @description Without a card: how the doctor knows the patient; one line, at most 200 characters. */
            knownBy?: string | null;
        };
        /** @description What came of a class at its places. */
        ClassAttendance: {
            cancelled: boolean;
            /** @description When counting begins and when it ends, RFC 3339. */
            countedFrom: string;
            countedUntil: string;
            endsAt: string;
            lead: components["schemas"]["Teacher"] | null;
            /** @description Of a local teacher the own place alone; in the order of the participants, at most 50. */
            places: components["schemas"]["PlaceAttendance"][];
            /** @description The series that the class stands in, if any. */
            seriesId: string | null;
            sessionId: string;
            /** @description RFC 3339 in the county's zone. */
            startsAt: string;
            title: string;
        };
        /** @description What of a case is of the patient. */
        Clinical: {
            /** @description The reason that was given last: of an answer, of a cancellation, or of a decision. */
            lastReason: string | null;
            patient: components["schemas"]["Patient"];
            purpose: string;
            reason: string;
            summary: string;
        };
        /** @description How a consent was given. */
        ConsentGivenTold: {
            /** @description Empty for a recording. */
            fee: string;
            /** @enum {string} */
            form: "signed" | "thumbprint" | "spoken";
            /** @enum {string} */
            giver: "patient" | "guardian" | "relative";
            /** @enum {string} */
            language: "zh" | "en" | "bo" | "ug";
            /** @description Empty for the patient. */
            name: string;
            textId: string;
            /** @description Empty for what is on paper. */
            witness: string;
        };
        /** @description What is read to a patient. */
        ConsentTextTold: {
            en: string;
            /** @description Another text has another one. */
            id: string;
            /** @enum {string} */
            purpose: "consultation" | "recording";
            zh: string;
        };
        /** @description A consent that was given or withdrawn. */
        ConsentTold: {
            /** @description RFC 3339 in the county's zone. */
            at: string;
            byId: string;
            byNames: components["schemas"]["Names"] | null;
            given: components["schemas"]["ConsentGivenTold"] | null;
            /** @enum {string} */
            purpose: "consultation" | "recording";
        };
        /** @description What may be consented to in a case, and what was. */
        Consents: {
            /** @description The first one first; nothing of it is ever changed. */
            consents: components["schemas"]["ConsentTold"][];
            /** @description One of each purpose. */
            texts: components["schemas"]["ConsentTextTold"][];
        };
        /** @description The county. */
        County: {
            names: components["schemas"]["Names"] | null;
            /** @description What the provider of single sign-on is called; null if there is none. */
            provider?: string | null;
            /** @description Whether there is an administrator, or this is a demo; if not, the program prints a link at its start to make one. */
            setUp: boolean;
        };
        /** @description One step. */
        CountyStep: {
            /**
             * Format: int64
             * @description How many there are; retired ones are not counted.
             */
            count: number;
            /** @description `done`, `todo`, or `optional`: a county works without it. */
            state: string;
            /**
             * @description `areas`, `sites`, `rooms`, `terminals`, `people` (who can be booked), `logins` (those of them who can come in), `lines` or
             *     `sessions`.
             */
            step: string;
            /**
             * Format: int64
             * @description How many lack it: sites without an area (`sites`), a room (`rooms`) or a line (`lines`), rooms without a terminal, people
             *     without a login.
             */
            without: number;
        };
        /** @description The steps of setting the county up, in the order in which they are done. */
        CountySteps: {
            steps: components["schemas"]["CountyStep"][];
        };
        /** @description Login name and password. */
        Credentials: {
            loginName: string;
            password: string;
        };
        /** @description The sessions of a day. */
        Day: {
            /** @description YYYY-MM-DD in the county's zone. */
            day: string;
            /** @description Whether there are more than the list holds. */
            more: boolean;
            /** @description `after` of the request for those; null if there are none. */
            next: string | null;
            /** @description Earliest first, at most 500. */
            sessions: components["schemas"]["Session"][];
            /** @description The county's zone by its IANA name, such as `Asia/Shanghai`. */
            timeZone: string;
        };
        /**
         * @description A day of the week.
         * @enum {string}
         */
        DayOfWeek: "monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday" | "sunday";
        /** @description One session of a day. */
        DaySession: {
            /** @description Left out unless it is. */
            cancelled?: boolean;
            /**
             * Format: int64
             * @description Seconds from the beginning of the day to its start; less than 0 if that was on the day before.
             */
            fromS: number;
            id: string;
            /** @enum {string} */
            kind: "consultation" | "class" | "training" | "broadcast";
            /**
             * Format: int64
             * @description How long it lasts, seconds.
             */
            lengthS: number;
            /** @description Names of those who take part, at most four, the one who leads it first; cut at 20 characters. */
            people: string[];
            /** @description How many more take part; left out if nobody does. */
            peopleMore?: number;
            /** @description Names of the rooms of this site that it takes. */
            rooms: string[];
            /** @description Names of the terminals of this site that it takes; left out if there are none. */
            terminals?: string[];
            /** @description At most 40 characters; a longer one is cut. */
            title: string;
        };
        /** @description A part of a day. */
        DayWindow: {
            /** @example 08:00 */
            from: string;
            /**
             * @description Not in it any more; `24:00` is midnight.
             * @example 12:00
             */
            to: string;
        };
        /** @description Days in a row. */
        Days: {
            /** @description YYYY-MM-DD. */
            from: string;
            /** @description The last of them. */
            to: string;
        };
        /** @description What the inviting side has decided. */
        Decision: {
            /**
             * Format: int32
             * @description Of which version of the opinion.
             */
            opinion: number;
            /** @enum {string} */
            verdict: "adopted" | "partly" | "not";
        };
        /** @description What deletes one recording. */
        DeletionTicket: {
            /** @description When the ticket ends, RFC 3339. */
            expiresAt: string;
            /** @description For `Authorization: Bearer` at the recorder. */
            ticket: string;
        };
        /** @description The day of a terminal, as its device shows it. */
        DeviceDay: {
            /** @description What the device is called. */
            device: string;
            /** @description The scheduler's time, RFC 3339. */
            now: string;
            room: components["schemas"]["Named"];
            /** @description Of the terminal's room, and others of its site; earliest first, at most 60. */
            sessions: components["schemas"]["DeviceSession"][];
            site: components["schemas"]["Named"];
            /** @description `seen` of the next request: says what of all this is known. */
            tag: string;
            /** @description The county's zone by its IANA name. */
            timeZone: string;
        };
        /** @description That a device is in: the cookie says the rest. */
        DeviceIn: {
            /** @description Until when the cookie works, RFC 3339; the device then signs again. */
            endsAt: string;
            /** @description What the device is called. */
            name: string;
        };
        /** @description A device that comes back. */
        DeviceLogin: {
            challenge: string;
            /** @description Two numbers of 32 bytes (IEEE P1363), base64url without padding. */
            signature: string;
        };
        /** @description A session, for everybody who passes the screen. */
        DeviceSession: {
            endsAt: string;
            id: string;
            /** @description Whether this device may join it then: a class in the room of its terminal. */
            joins: boolean;
            /** @enum {string} */
            kind: "consultation" | "class" | "training" | "broadcast";
            leaderNames: components["schemas"]["Names"] | null;
            /** @description From when it can be joined. */
            opensAt: string;
            /** @description Names of its rooms. */
            rooms: string[];
            /** @description RFC 3339. */
            startsAt: string;
            /** @description Null for a consultation: what it is about is for those who are in it. */
            title?: string | null;
        };
        /** @description Everybody and everything that can be booked, or a page of them. */
        Directory: {
            /** @description `after` of the request for the next page; null if this is the last one. */
            next: string | null;
            organizations: components["schemas"]["Organization"][];
            people: components["schemas"]["DirectoryPerson"][];
            rooms: components["schemas"]["Room"][];
            terminals: components["schemas"]["Terminal"][];
        };
        /** @description A person who can be booked. */
        DirectoryPerson: {
            id: string;
            /** @description Between which languages the person interprets, such as `bo-zh`; in alphabetical order. */
            interprets: string[];
            names: components["schemas"]["Names"];
            organizationId: string;
            /** @description What the person may be booked as, and `scheduler`. */
            roles: string[];
        };
        /** @description Something that was done. */
        Done: {
            /**
             * @description Of a role `given`, `taken`; of an account `made`, `enabled`, `disabled`, `link-made`; of a minor `said`; of a device
             *     `code-made`, `paired`, `revoked`; of a hold `made`, `extended`, `released`, `booked`, `expired`; of the register
             *     `made`, `changed`, `retired`, `restored`.
             */
            act: string;
            /** @description RFC 3339. */
            at: string;
            byId: string;
            byNames: components["schemas"]["Names"] | null;
            /**
             * @description Of a role which and where; of an account the login name; of a minor what was said; of a device its id and name; of a hold
             *     its time, when it runs out and who or what is held; of the register what it was and became.
             */
            details: Record<string, never>;
            /** @description `role`, `account`, `minor`, `device`, `hold`, or `area`, `organization`, `room`, `person`, `terminal` of the register. */
            kind: string;
            /** Format: int64 */
            number: number;
            reason?: string | null;
            /** @description Whom or what it was done to: the person's id, or the entry's; of a device the terminal's. */
            subjectId: string;
        };
        /** @description Events, first to last. */
        DoneList: {
            events: components["schemas"]["Done"][];
            /** @description Whether there are more already. */
            more: boolean;
            /** @description `since` of the next request: nothing is missed and nothing told twice. */
            next: string;
        };
        /** @description A login that has begun; its cookie comes beside it. */
        Entered: {
            /** @description When it ends at the latest, RFC 3339. */
            endsAt: string;
        };
        /** @description Events in their order. */
        Events: {
            /** @description At most 100. */
            events: components["schemas"]["SessionEvent"][];
            /** @description Whether there are more by now. */
            more: boolean;
            /** @description `since` of the request for those that follow. */
            next: string;
        };
        /** @description A day with hours of its own. */
        Exception: {
            /** @description YYYY-MM-DD. */
            day: string;
            /** @description At most 8; none = closed. */
            windows?: components["schemas"]["DayWindow"][];
        };
        /** @description How much longer something is to be held. */
        Extension: {
            /**
             * Format: int32
             * @description From now on, 60 to 900; 300 if absent.
             */
            seconds?: number | null;
        };
        /** @description The address of a feed. It is told once; who knows it reads the feed. */
        FeedAddress: {
            /** @description Path of the feed at this server, for a calendar program to subscribe to. */
            path: string;
        };
        /** @description A file that is to come. */
        FileToCome: {
            /**
             * Format: int64
             * @description Length.
             */
            bytes: number;
            /** @enum {string} */
            mediaType: "image/jpeg" | "image/png" | "image/webp" | "application/pdf" | "application/dicom";
            /** @description SHA-256 of all bytes, 64 hexadecimal digits. */
            sha256: string;
        };
        /** @description A file of a material. */
        FileTold: {
            /** Format: int64 */
            bytes: number;
            /** @enum {string} */
            mediaType: "image/jpeg" | "image/png" | "image/webp" | "application/pdf" | "application/dicom";
            /**
             * Format: int64
             * @description How many of its bytes are here: where the next piece begins. All of them are here only after their SHA-256 was found to be
             *     the one that was announced.
             */
            received: number;
            sha256: string;
        };
        /** @description Where the browser is to go. */
        GoThere: {
            url: string;
        };
        /** @description A guest of a session. */
        Guest: {
            id: string;
            name: string;
            /** @enum {string} */
            role: "patient" | "pupil";
            /** @description `waiting`: has not come in yet; `in`: came in, in one browser; `revoked`: does not come in any more. */
            state: string;
            /** @description When the guest came in first, RFC 3339; null before. */
            usedAt?: string | null;
        };
        /** @description What a ticket is for, as its bearer may read it before coming in. */
        GuestLook: {
            ticket?: components["schemas"]["GuestView"] | null;
        };
        /** @description A ticket, told once: the store keeps neither the link nor the digits. */
        GuestTicket: {
            /** @description Six digits for the page `/t`. */
            digits: string;
            /** @description And until when. */
            endsAt: string;
            guest: components["schemas"]["Guest"];
            /** @description The page is `/#/t?once=` and this. */
            once: string;
            /** @description From when the ticket lets in, RFC 3339. */
            opensAt: string;
        };
        /** @description A ticket. */
        GuestView: {
            endsAt: string;
            /** @enum {string} */
            kind: "consultation" | "class" | "training" | "broadcast";
            name: string;
            /** @description The scheduler's time, RFC 3339. */
            now: string;
            /** @description From when it lets in. */
            opensAt: string;
            recording: boolean;
            /** @enum {string} */
            role: "patient" | "pupil";
            sessionId: string;
            /** @description Where the guest takes part. */
            siteNames: components["schemas"]["Names"];
            /** @description RFC 3339 in the county's zone. */
            startsAt: string;
            /** @description `early`, `open`, `over` or `cancelled`. */
            state: string;
            /** @description The county's zone by its IANA name. */
            timeZone: string;
        };
        /** @description Somebody who is asked in without a login. */
        GuestWish: {
            /** @description 1 to 100 characters; shown to everybody in the session. */
            name: string;
            /** @enum {string} */
            role: "patient" | "pupil";
        };
        /** @description The guests of a session. */
        Guests: {
            /** @description In the order in which they were asked in, at most 100. */
            guests: components["schemas"]["Guest"][];
        };
        /** @description A headcount of a place. */
        Headcount: {
            /** @description Whether more were counted than the groups of the place have pupils; false if it has no groups. */
            aboveRoster: boolean;
            /** @description RFC 3339 in the county's zone. */
            at: string;
            byId: string;
            byNames: components["schemas"]["Names"];
            /** Format: int32 */
            count: number;
        };
        /** @description How many pupils somebody counted. */
        HeadcountForm: {
            /**
             * Format: int32
             * @description 0 to 200.
             */
            count: number;
        };
        /** @description What is held for whoever asked. */
        Held: {
            /** @description RFC 3339 in the county's zone. */
            endsAt: string;
            /** @description From this second on it is in nobody's way, RFC 3339. */
            expiresAt: string;
            /** @description The latest to which it can be extended, RFC 3339. */
            expiresLatest: string;
            /** @description `holdId` of the booking. */
            id: string;
            /** @description RFC 3339 in the county's zone. */
            startsAt: string;
        };
        /** @description What is to be held for a booking that is about to be made. */
        HoldRequest: {
            /**
             * @description RFC 3339 with an offset; at most 12 hours after the start.
             * @example 2026-11-23T10:00:00+08:00
             */
            endsAt: string;
            /** @enum {string} */
            kind: "consultation" | "class" | "training" | "broadcast";
            /** @description People to be held, at most 50; as in a booking. */
            participants: components["schemas"]["Wanted"][];
            /** @description Rooms to be held, at most 10. */
            roomIds?: string[];
            /**
             * Format: int32
             * @description How long it is held, 60 to 900; 300 if absent.
             */
            seconds?: number | null;
            /** @description Sites whose people are to take part in a lesser mode than they may. */
            sites?: components["schemas"]["SiteMode"][];
            /**
             * @description RFC 3339 with an offset; parts of a second are dropped.
             * @example 2026-11-23T09:30:00+08:00
             */
            startsAt: string;
            /** @description Terminals to be held, at most 20. */
            terminalIds?: string[];
        };
        /** @description Days in a row of one holiday. */
        Holiday: {
            /** @description YYYY-MM-DD. */
            from: string;
            names: components["schemas"]["Names"];
            /** @description The last of them. */
            to: string;
        };
        /** @description Holidays and the workdays that make up for them. */
        HolidayDays: {
            /** @description At most 60 spans. */
            holidays: components["schemas"]["Holiday"][];
            /** @description Days of weekends that are worked, YYYY-MM-DD, at most 60. */
            workdays: string[];
        };
        /** @description The legal holidays of a year. */
        HolidayYear: components["schemas"]["HolidayDays"] & {
            /** @description Whether they are known. If not, weekdays alone decide. */
            published: boolean;
            /** @description Where they come from: `county`, or a package by its name. */
            source: string | null;
            /** Format: int32 */
            year: number;
        };
        /** @description The years of which the legal holidays are known. */
        HolidayYears: {
            /** @description In order; a year that is not among them is not published yet. */
            published: number[];
        };
        /** @description A part of some days of the week. */
        Hours: {
            /** @description At least one. */
            days: components["schemas"]["DayOfWeek"][];
            /** @example 08:00 */
            from: string;
            /**
             * @description Not in it any more; `24:00` is midnight.
             * @example 12:00
             */
            to: string;
        };
        /**
         * @description What to do where somebody or something is taken or not open.
         * @enum {string}
         */
        IfBlocked: "skip" | "refuse";
        /**
         * @description What to do with a start that is not in its rule.
         * @enum {string}
         */
        IfOutOfRule: "refuse" | "snap";
        /** @description How many lines of each outcome. */
        ImportCounts: {
            changed: number;
            fault: number;
            made: number;
            unchanged: number;
        };
        /** @description One thing that is wrong with a line. */
        ImportFault: {
            /** @description What is wrong, in a word that never changes. */
            code: string;
            /**
             * @description `table`, `id`, `name`, `name_en`, `name_bo`, `name_ug`, `kind`, `area`, `organization`, `room`, `roles`, `interprets`, `mail`,
             *     `down_kbps`, `up_kbps`, `month_mb`, `tariff` or `retired`.
             */
            column: string;
            /** @description The sentence in English: what the person can do. */
            detail: string;
            /** @description The column's name as the file writes it; null if the file has no such column. */
            header: string | null;
            /** @description The params of the sentence. */
            params: Record<string, never>;
        };
        /** @description One line of a table. */
        ImportLine: {
            /** @description Of a changed one the columns that differ. */
            changes: string[];
            /** @description What is wrong; empty unless the outcome is `fault`. */
            faults: components["schemas"]["ImportFault"][];
            /** @description Null for what has none yet. */
            id: string | null;
            /**
             * Format: int64
             * @description As a text editor counts, the first line of the file is 1.
             */
            line: number;
            name: string | null;
            /** @enum {string} */
            outcome: "made" | "changed" | "unchanged" | "fault";
            /** @enum {string|null} */
            table: "area" | "organization" | "room" | "person" | "terminal" | "line" | null;
        };
        /** @description What became, or would become, of each line of a table. */
        ImportReport: {
            /** @description Whether it was carried out: all lines, or none. */
            applied: boolean;
            counts: components["schemas"]["ImportCounts"];
            /** @description `utf-8`, `utf-16` or `gb18030`. */
            encoding: string;
            /** @description Names of columns that are not read, at most 20. */
            ignored: string[];
            /** @description At most 5000, in the order of the file. */
            lines: components["schemas"]["ImportLine"][];
            /** @description `comma`, `semicolon` or `tab`. */
            separator: string;
        };
        /** @description The problem of a request that cannot be carried out as it is. */
        Invalid: components["schemas"]["Problem"] & {
            /** @description Everything that is wrong; never empty. */
            errors: components["schemas"]["InvalidMember"][];
        };
        /** @description One thing that is wrong with a request. */
        InvalidMember: {
            /** @description What is wrong, in a word that never changes, such as `role-missing`. */
            code: string;
            /** @description The sentence in English: what the person can do. */
            detail: string;
            /** @description The member to change, such as `startsAt`. */
            field: string;
            /** @description The params of the sentence: numbers (`most`, `minutes`, `hours`, `days`) and words (`kind`, `role`, `id`). */
            params: Record<string, never>;
        };
        /** @description A doctor who is invited. */
        InvitedDoctor: {
            doctor: components["schemas"]["CareDoctor"];
            /** @enum {string} */
            invitation: "open" | "accepted" | "declined";
        };
        /** @description A learning group as it is now. */
        LearningGroup: {
            /** @description RFC 3339 in the county's zone. */
            changedAt: string;
            /** @description Of the order of their making. */
            id: string;
            name: string;
            /** Format: int32 */
            pupils: number;
            retired: boolean;
            siteId: string;
            teacherId: string;
            teacherNames: components["schemas"]["Names"];
            /**
             * Format: int64
             * @description Grows with each change; in quotes the ETag of the group.
             */
            version: number;
        };
        /** @description What is to be changed of a learning group; what is absent stays as it is. */
        LearningGroupChange: {
            /** @description One line, at most 60 characters. */
            name?: string | null;
            /**
             * Format: int32
             * @description 1 to 200.
             */
            pupils?: number | null;
            /** @description A retired group is not taken into any more classes; those that have it keep it. */
            retired?: boolean | null;
            /** @description A person of the site who may be booked as a classroom. */
            teacherId?: string | null;
        };
        /** @description Pupils of a site who attend classes together. */
        LearningGroupForm: {
            /** @description One line, at most 60 characters, such as `三年级`. */
            name: string;
            /**
             * Format: int32
             * @description 1 to 200.
             */
            pupils: number;
            /** @description Id of the organization. */
            siteId: string;
            /** @description The local teacher: a person of the site who may be booked as a classroom. */
            teacherId: string;
        };
        /** @description The learning groups of a site. */
        LearningGroups: {
            /** @description In the order of their making, retired ones too, at most 200. */
            groups: components["schemas"]["LearningGroup"][];
        };
        /** @description Which logins end. */
        Leaving: {
            /** @description All of the person's, on every device; if not, this one. */
            everywhere?: boolean;
        };
        /** @description What the access line of a site carries and costs. */
        Line: {
            /**
             * Format: int32
             * @description Kilobits a second to the site that may be booked at once; null = no bound.
             */
            downKbps?: number | null;
            /** @description What a megabyte costs by the hour, in the order of the day, at most 24; empty = not known. */
            tariff?: components["schemas"]["TariffBand"][];
            /**
             * Format: int32
             * @description Kilobits a second from the site that may be booked at once; null = no bound.
             */
            upKbps?: number | null;
        };
        /** @description The problem of a line that is set to less than is booked on it. */
        LineBooked: components["schemas"]["Problem"] & components["schemas"]["LineMisfit"];
        /** @description What the access line of a site carried. */
        LineFigures: {
            /**
             * Format: int64
             * @default 0
             */
            bitsPerSecond: number;
            /**
             * Format: double
             * @description Packets that are lost whatever is sent.
             * @default 0
             */
            lossPercent: number;
            /**
             * Format: int64
             * @default 0
             */
            roundTripMs: number;
        };
        /** @description The problem of a session that lines cannot carry. */
        LineFull: components["schemas"]["Problem"] & {
            /** @description When everybody is free and every line carries it, RFC 3339; null if not within 31 days. */
            nextFit: string | null;
            /** @description Every site whose line is too full. */
            sites: components["schemas"]["SiteMisfit"][];
        };
        /** @description Why a mode does not fit. */
        LineMisfit: {
            /** @description From when until when the line is too full, RFC 3339; null for a month. */
            from: string | null;
            /**
             * Format: int32
             * @description Kilobits a second that are too many at the worst of it.
             */
            overDownKbps: number;
            /** Format: int32 */
            overUpKbps: number;
            /** @enum {string} */
            reason: "line" | "month";
            until: string | null;
        };
        /** @description What a session takes of the line of a site. A site whose line nobody knows has room for all. */
        LineNeed: {
            /**
             * Format: int32
             * @description To the site, kbit/s.
             */
            downKbps: number;
            organizationId: string;
            /**
             * Format: int32
             * @description From the site, kbit/s.
             */
            upKbps: number;
        };
        /** @description What opens the recorder's list. */
        ListTicket: {
            /** @description When the ticket ends, RFC 3339. */
            expiresAt: string;
            /** @description `after` of the request for the sessions before these; null if these are all. */
            next: string | null;
            /** @description For `Authorization: Bearer` at the recorder. */
            ticket: string;
        };
        /** @description A line of a list of cases. */
        ListedCase: {
            case: components["schemas"]["Case"];
            /** @description For who cares for the patient alone. */
            patientName: string | null;
        };
        /**
         * @description What became of the mails to one person.
         * @enum {string}
         */
        MailFate: "no_address" | "unwanted" | "waiting" | "sent" | "refused" | "given_up" | "none";
        /**
         * @description The languages of mails.
         * @enum {string}
         */
        MailLanguage: "zh" | "en";
        /** @description How one person was told. */
        MailOfPerson: {
            /** @description When the server took, refused or did not take the latest mail. */
            at: string | null;
            fate: components["schemas"]["MailFate"];
            names: components["schemas"]["Names"];
            personId: string;
            /** @description What the server said when it refused. */
            reply: string | null;
        };
        /** @description What is to hold from now on. */
        MailWishForm: {
            language: components["schemas"]["MailLanguage"];
            wanted: boolean;
        };
        /** @description A session that stands for an owed occurrence. */
        MakeUp: {
            /** @description Why it must be then although somebody or something is not open; one line, at most 200 characters. */
            overrideReason?: string | null;
            /** @description RFC 3339 with an offset; it is as long as the others. */
            startsAt: string;
        };
        /** @description A material of a case. */
        Material: {
            /** @description RFC 3339 in the county's zone. */
            addedAt: string;
            addedById: string;
            addedByNames: components["schemas"]["Names"];
            /** @description UUIDv7. */
            id: string;
            /** @enum {string} */
            kind: "photo" | "ecg" | "image" | "document";
            original: components["schemas"]["FileTold"];
            preview: components["schemas"]["FileTold"] | null;
            title: string;
        };
        /** @description Every material of a case. */
        Materials: {
            /** @description The first one first; at most 24. */
            materials: components["schemas"]["Material"][];
        };
        /** @description The home page in one answer. */
        Me: {
            can: components["schemas"]["Can"];
            /**
             * @description What others have changed or cancelled in the last seven days of one's own sessions that are not over, latest first, at
             *     most 10.
             */
            news: components["schemas"]["SessionEvent"][];
            /** @description The scheduler's time, RFC 3339 in the county's zone. */
            now: string;
            person: components["schemas"]["Myself"];
            /** @description How the person's site is served. */
            reception: components["schemas"]["Reception"];
            /** @description Whether `GET /api/v1/me/reminders` has anything to show. */
            reminded: boolean;
            /** @description One's own sessions that begin in the seven days after today, earliest first, at most 10. */
            soon: components["schemas"]["Session"][];
            /** @description The county's zone by its IANA name, such as `Asia/Shanghai`: days begin and times are shown in it. */
            timeZone: string;
            /** @description Today's sessions and whatever can be joined now: one's own, for a scheduler all. */
            today: components["schemas"]["Session"][];
        };
        /** @description Members of a session as they were or are. */
        Members: {
            /** @description When whoever led it ended it for all: RFC 3339 in the county's zone. */
            endedAt?: string;
            /** @description RFC 3339 in the county's zone. */
            endsAt?: string;
            participants?: components["schemas"]["Part"][];
            recording?: boolean;
            roomIds?: string[];
            /** @description RFC 3339 in the county's zone. */
            startsAt?: string;
            terminalIds?: string[];
            title?: string;
        };
        /** @description When a person was born who is or was a minor, and who answers for the person. */
        MinorForm: {
            /** @description YYYY-MM-DD. */
            bornOn: string;
            /** @description Person ids, at most 10. */
            guardianIds?: string[];
        };
        /** @description What the people of a site take in one mode, together. */
        ModeQuote: {
            /** Format: int32 */
            downKbps: number;
            /**
             * Format: int64
             * @description What these megabytes cost, rounded up to a fen; null where no price is known.
             */
            fen: number | null;
            /**
             * Format: int32
             * @description The most that they may use in all, both ways: the gateway saves, and stops, before it is more.
             */
            megabytes: number;
            misfit: components["schemas"]["LineMisfit"] | null;
            /** @enum {string} */
            mode: "full" | "small" | "slides" | "voice" | "stills";
            /** Format: int32 */
            upKbps: number;
        };
        /** @description Days of the month by their last digit. */
        MonthDays: {
            /** @description Each from 0 to 9: 3, 6 and 9 are the days 3, 6, 9, 13, 16, 19, 23, 26 and 29. */
            digits: number[];
            reckoning: components["schemas"]["MonthReckoning"];
        };
        /**
         * @description A way of counting months: the civil one, the Chinese farmers', the Tibetan, that of Islam (by its tables).
         * @enum {string}
         */
        MonthReckoning: "solar" | "lunar" | "tibetan" | "hijri";
        /** @description What a person wants of invitations by mail. */
        MyMails: {
            /** @description Where they go; null if the register has no address: an administrator writes one down. */
            address: string | null;
            language: components["schemas"]["MailLanguage"];
            /** @description Whether this county sends mails at all. */
            sending: boolean;
            wanted: boolean;
        };
        /** @description The provider of single sign-on, and whether one's account is connected with an identity there. */
        MyProvider: {
            connected: boolean;
            name: string;
        };
        /** @description What one is reminded of on the own page, and who has not answered of what one booked. */
        MyReminders: {
            /** @description Sessions that one is to acknowledge, earliest first. */
            notices: components["schemas"]["Notice"][];
            /** @description Of sessions that one booked: people who were reminded and have not answered. */
            unanswered: components["schemas"]["Unanswered"][];
        };
        /** @description The person who asks. */
        Myself: {
            id: string;
            names: components["schemas"]["Names"];
            organization: components["schemas"]["Organization"];
            /** @description What the person may be booked as, and `scheduler`. */
            roles: string[];
            /** @description Where the person sits, as people read it. */
            site: string;
        };
        /** @description Something by id and names. */
        Named: {
            id: string;
            names: components["schemas"]["Names"];
        };
        /** @description What somebody or something is called, by codes of languages (ISO 639). A language in which that is the same as in Chinese, or not known, is absent; in a request an empty name takes one away, and an absent one stays as it is. */
        Names: {
            bo?: string;
            en?: string;
            ug?: string;
            zh: string;
        };
        /** @description One of these is needed. */
        Need: {
            /** @description 1 to 64, the preferred first; absent where `interpreterOf` says who. */
            anyOf?: components["schemas"]["ResourceId"][];
            /**
             * @description Two languages by ISO 639, such as `bo-zh`: whoever interprets them, in the order of ids, the first 64.
             * @example bo-zh
             */
            interpreterOf?: string | null;
        };
        /** @description An account for a person of the directory. */
        NewAccount: {
            /** @description 2 to 64 of `a-z 0-9 . - _`; capital letters are written small. */
            loginName: string;
            personId: string;
        };
        /** @description A role that is to be given. */
        NewAssignment: {
            /** @description Why, for the log; at most 200 characters. */
            reason?: string | null;
            /** @description One of the words of `/api/v1/roles`. */
            role: string;
            scope: components["schemas"]["ScopeForm"];
        };
        /** @description A consent that was given. */
        NewConsent: {
            /** @description What the consultation costs the patient, as it was told: one line, at most 200 characters. Not of a recording. */
            fee?: string;
            /** @enum {string} */
            form: "signed" | "thumbprint" | "spoken";
            /** @enum {string} */
            giver: "patient" | "guardian" | "relative";
            /** @enum {string} */
            language: "zh" | "en" | "bo" | "ug";
            /** @description Of a guardian or relative: one line, at most 60 characters. */
            name?: string;
            /** @enum {string} */
            purpose: "consultation" | "recording";
            /** @description `id` of the text that was read, of `GET /api/v1/cases/{id}/consents`. */
            textId: string;
            /** @description Who heard it, of one that is spoken: one line, at most 60 characters. */
            witness?: string;
        };
        /** @description The county's name and its first administrator. */
        NewCounty: {
            /** @description Each 1 to 100 characters. */
            countyNames: components["schemas"]["Names"];
            /** @description 2 to 64 of `a-z 0-9 . - _`; capital letters are written small. */
            loginName: string;
            /** @description The administrator's, each 1 to 100 characters. */
            names: components["schemas"]["Names"];
            /** @description What stands after `once=` in the link. */
            once: string;
            /** @description 8 to 128 characters. */
            password: string;
        };
        /** @description What the inviting side decides. */
        NewDecision: {
            /** @enum {string} */
            verdict: "adopted" | "partly" | "not";
            /** @description Why: one line, at most 200 characters; needed unless all of it is adopted. */
            why?: string | null;
        };
        /** @description A material that is announced; its bytes come in pieces after it. */
        NewMaterial: {
            /** @enum {string} */
            kind: "photo" | "ecg" | "image" | "document";
            /** @description At most 16 MiB. A photo is a picture (JPEG, PNG, WebP), an ECG or a document a picture or a PDF, an image a picture or DICOM. */
            original: components["schemas"]["FileToCome"];
            preview?: components["schemas"]["FileToCome"] | null;
            /** @description One line, at most 60 characters; may be left out. */
            title?: string;
        };
        /** @description What an invited doctor says. */
        NewOpinion: {
            /** @description At most 4000 characters. */
            opinion: string;
        };
        /** @description A device that is to be paired. */
        NewPairing: {
            /** @description What the device is to be called, 1 to 100 characters; the terminal's name if absent. */
            name?: string | null;
        };
        /** @description Who is to be helped. */
        NewPatient: {
            /**
             * Format: int32
             * @description Year of birth.
             */
            born: number;
            /**
             * @description Number of the medical insurance or identity card, 6 to 32 letters and digits. It is not kept: a MAC of it is, and its last
             *     four signs.
             */
            card: string;
            /** @description One line, at most 60 characters. */
            name: string;
            /** @enum {string} */
            sex: "female" | "male" | "unknown";
        };
        /** @description A webhook that is to be made. */
        NewWebhook: {
            kinds?: ("session.booked" | "session.changed" | "session.cancelled")[];
            /** @description What people call it: one line, at most 80 characters. */
            name: string;
            /** @description Where messages are sent: https, port 443 or 1024 to 65535, at most 500 bytes, not in a private network. */
            url: string;
        };
        /** @description Why a session was not booked though nothing is wrong with it. */
        NotBooked: components["schemas"]["SlotTaken"] | components["schemas"]["NotOpen"] | components["schemas"]["LineFull"];
        NotChanged: components["schemas"]["SlotTaken"] | components["schemas"]["NotOpen"] | components["schemas"]["LineFull"] | components["schemas"]["Problem"];
        /** @description The problem of a booking at a time at which somebody or something is not open, or has no time for the way. */
        NotOpen: components["schemas"]["Problem"] & {
            /**
             * @description All that is in the way; `need` counts the people in the order of the request, then the rooms and the
             *     terminals. At most 200.
             */
            blocking: components["schemas"]["Blocker"][];
            /**
             * @description The earliest start from the wanted one on at which everybody and everything is open and free, RFC 3339; null if not
             *     within 31 days.
             */
            nextFree?: string | null;
        };
        /** @description A session that one is to acknowledge. */
        Notice: {
            /** @enum {string} */
            kind: "consultation" | "class" | "training" | "broadcast";
            /** @description The room at one's site, or the site. */
            place: components["schemas"]["Names"];
            sessionId: string;
            /** @description RFC 3339 in the county's zone. */
            startsAt: string;
        };
        /** @description One occurrence. */
        Occurrence: {
            blockedBy: components["schemas"]["BlockedBy"] | null;
            endsAt: string;
            /**
             * Format: int64
             * @description From 1.
             */
            number: number;
            /** @description Whether it is still to be made up. */
            owed: boolean;
            /**
             * @description In what its session was changed alone: `title`, `time`, `rooms`, `terminals`, `participants`,
             *     `recording`.
             */
            own: string[];
            /** @description Why it was waived, or cancelled with its series. */
            reason: string | null;
            session: components["schemas"]["OccurrenceSession"] | null;
            /** @description When the series has it, RFC 3339 in the zone of the series. */
            startsAt: string;
            /** @enum {string} */
            state: "booked" | "moved" | "skipped" | "cancelled" | "made-up" | "waived";
        };
        /** @description What a change of a series did to one occurrence. */
        OccurrenceResult: {
            blockedBy?: components["schemas"]["BlockedBy"] | null;
            /**
             * @description What of the change its session did not take over, as that was changed of it alone: `title`, `time`, `rooms`,
             *     `terminals`, `participants`, `recording`.
             */
            kept: string[];
            /** @description What had been changed of it alone and is as the others now. */
            lost: string[];
            /** Format: int64 */
            number: number;
            /**
             * @description `booked` (it had no session), `moved` (to another time), `changed` (at its time), `unchanged`, `skipped` (it stays as it
             *     was), `cancelled` (the rule has it no more).
             */
            result: string;
            /**
             * @description Why it was skipped, if nobody and nothing was taken or closed: `start-in-the-past`, `too-far-ahead`, `session-has-begun`,
             *     `end-in-the-past`, `recording-told`, `changed-too-often`.
             */
            why?: string | null;
        };
        /** @description The session that stands for an occurrence. */
        OccurrenceSession: {
            endsAt: string;
            id: string;
            /** @description RFC 3339 in the zone of the series. */
            startsAt: string;
        };
        /** @description The secret of a link that works once: what stands after `once=` in it. */
        Once: {
            once: string;
        };
        /** @description A link that works. */
        OpenLink: {
            /** @description RFC 3339. */
            endsAt: string;
            /** @description Of whom the password is set; null for `setup`. */
            loginName: string | null;
            /** @enum {string} */
            purpose: "setup" | "password";
        };
        /** @description An opinion that is signed. */
        Opinion: {
            /** @description `Ed25519` (RFC 8032). */
            algorithm: string;
            /** @description Which key of the house signed. */
            keyId: string;
            /** @description Base64. */
            publicKey: string;
            /** @description Of the UTF-8 bytes of `statement`, base64. */
            signature: string;
            /**
             * @description What is signed, byte by byte: JSON with the case, the patient, the request, what everybody in the session received, the
             *     materials by their SHA-256 and which of them the signer was handed out, the opinion, who signed and when.
             */
            statement: string;
            /**
             * Format: int64
             * @description From 1; the decision is of the latest one.
             */
            version: number;
        };
        /** @description An organization: hospital, clinic, school, teaching point. */
        Organization: {
            id: string;
            /** @description `health` or `education`. */
            kind: string;
            names: components["schemas"]["Names"];
        };
        /** @description An organization as it is to be. */
        OrganizationForm: {
            /** @description Code of the area that it lies in; absent: as it is; empty: none. */
            areaCode?: string | null;
            /** @description `health` or `education`. */
            kind: string;
            /** @description Each one line, at most 80 characters; no other organization has the Chinese one. */
            names: components["schemas"]["Names"];
            /** @description No room and no person may belong to it any more. */
            retired?: boolean;
        };
        /** @description A time at which hours do not hold: exactly one of `days`, `monthDays`, `yearly` and `hours`. */
        Overlay: {
            /** @description Spans of days, at most 60: terms, exam weeks. */
            days?: components["schemas"]["Days"][] | null;
            /** @description Closed then, or only then not. */
            effect: components["schemas"]["OverlayEffect"];
            /** @description Hours of the week, at most 60: power, a satellite. */
            hours?: components["schemas"]["Hours"][] | null;
            monthDays?: components["schemas"]["MonthDays"] | null;
            /**
             * @description As people call it, one line of at most 60 characters.
             * @example 赶集
             */
            name: string;
            yearly?: components["schemas"]["Yearly"] | null;
        };
        /**
         * @description What an overlay does.
         * @enum {string}
         */
        OverlayEffect: "closed" | "only";
        /** @description A device that comes in by a code: the secret of a link, or six digits. */
        Pairing: {
            challenge: string;
            digits?: string | null;
            /** @description What stands after `once=` in the link. */
            once?: string | null;
            /** @description The public key: an uncompressed point of P-256 (65 bytes, SEC 1), base64url without padding. */
            publicKey: string;
            /** @description Two numbers of 32 bytes (IEEE P1363), base64url without padding. */
            signature: string;
        };
        /** @description A pairing code, told once: the store keeps neither the link nor the digits. It brings one device in. */
        PairingCode: {
            /** @description Six digits for the page `/#/device`. */
            digits: string;
            /** @description And until when they do. */
            digitsEndAt: string;
            /** @description Until when the link works, RFC 3339. */
            linkEndsAt: string;
            /** @description What the device will be called. */
            name: string;
            /** @description The page is `/#/device?once=` and this. */
            once: string;
        };
        /** @description One participant, by id. */
        Part: {
            /** @description Between which languages the person interprets in it; left out if that was not said. */
            interprets?: string;
            personId: string;
            /** @enum {string} */
            role: "specialist" | "village_doctor" | "lead_teacher" | "classroom" | "observer" | "patient" | "pupil" | "interpreter";
        };
        /** @description One participant of a session. */
        Participant: {
            /** @description Between which languages the person interprets in it, such as `bo-zh`; left out if that was not said. */
            interprets?: string;
            line: components["schemas"]["SiteLine"] | null;
            names: components["schemas"]["Names"];
            organizationNames: components["schemas"]["Names"];
            personId: string;
            /** @enum {string} */
            role: "specialist" | "village_doctor" | "lead_teacher" | "classroom" | "observer" | "patient" | "pupil" | "interpreter";
        };
        /** @description The way into a room. */
        Pass: {
            /** @description The case for which it is booked, for who cares for its patient. */
            caseId?: string | null;
            /** @description When the token ends, RFC 3339. */
            expiresAt: string;
            /** @enum {string} */
            kind: "consultation" | "class" | "training" | "broadcast";
            /** @description Whether the session is recorded. */
            recording: boolean;
            /** @enum {string} */
            role: "specialist" | "village_doctor" | "lead_teacher" | "classroom" | "observer" | "patient" | "pupil" | "interpreter";
            /** @description Room name = session id. */
            room: string;
            title: string;
            /** @description Room token for `/rtc`. */
            token: string;
            /** @description Where the gateway is; empty = where this answer came from. */
            url: string;
        };
        /** @description A password set by a link. */
        PasswordByLink: {
            once: string;
            /** @description 8 to 128 characters. */
            password: string;
        };
        /** @description A password instead of another. */
        PasswordChange: {
            oldPassword: string;
            /** @description 8 to 128 characters. */
            password: string;
        };
        /** @description A link by which a person sets a password, told once: the store keeps no secret. */
        PasswordLink: {
            /** @description RFC 3339. */
            endsAt: string;
            loginName: string;
            /** @description The page is `/#/password?once=` and this. */
            once: string;
            personId: string;
        };
        /** @description The patient of a case. */
        Patient: {
            /** Format: int32 */
            born: number;
            /** @description The last four signs of the card's number. */
            cardEnds: string;
            name: string;
            /** @enum {string} */
            sex: "female" | "male" | "unknown";
        };
        /** @description A person as it is to be. */
        PersonForm: {
            /**
             * @description Between which languages the person interprets, at most 12 pairs of ISO 639 codes such as `bo-zh`, `ug-zh` or `csl-zh`
             *     (Chinese Sign Language); whoever interprets has the role `interpreter`. Absent: as it is.
             */
            interprets?: string[] | null;
            /** @description Where invitations are sent to, such as `name@example.org`; absent: as it is; empty: nowhere. */
            mail?: string | null;
            /** @description Each one line, at most 80 characters; no other person of the organization has the Chinese one. */
            names: components["schemas"]["Names"];
            organizationId: string;
            /** @description Cannot be booked any more, and no link of theirs opens anything. */
            retired?: boolean;
            /** @description `scheduler`, `specialist`, `village_doctor`, `lead_teacher`, `classroom`, `interpreter`. */
            roles?: string[];
        };
        /** @description What one place was in a class. */
        PlaceAttendance: {
            /** @enum {string} */
            attendance: "present" | "partial" | "absent" | "unknown";
            /** @description Whether the person who asks may count there now. */
            canCount: boolean;
            /** @description Whether the person who asks may say now which groups attend there. */
            canName: boolean;
            /** @description Who is the classroom there in the class: the local teachers beside those of the groups. */
            classrooms: components["schemas"]["Teacher"][];
            /** @description The groups that attend there, as they were when the class began. */
            groups: components["schemas"]["RosterGroup"][];
            headcount: components["schemas"]["Headcount"] | null;
            names: components["schemas"]["Names"];
            /** Format: int64 */
            plannedS: number;
            /**
             * Format: int32
             * @description The pupils of these groups; null if there are none.
             */
            pupils: number | null;
            /**
             * Format: int64
             * @description How long sound was received there within the planned time while the lead teacher was in the room, seconds.
             */
            receivedS: number;
            /** @description Id of the organization. */
            siteId: string;
            /**
             * Format: int64
             * @description Of how long of the planned time nothing is known, seconds; with `receivedS` at most `plannedS`.
             */
            unknownS: number;
        };
        /** @description An RFC 9457 problem, `application/problem+json`. */
        Problem: {
            /** @description What the person can do. */
            detail: string;
            /** Format: int32 */
            status: number;
            title: string;
            /** @description A relative URI, such as `/problems/slot-taken`. */
            type: string;
        };
        /** @description One of them. */
        QueuedCase: {
            case: components["schemas"]["Case"];
            /**
             * Format: int32
             * @description How many cases of the same site and specialty had their turn in the last seven days, urgent ones apart.
             */
            turns: number;
        };
        /** @description What a session would take of the line of each of its sites. */
        Quote: {
            /** @description When everybody is free and every line carries it, RFC 3339; null if it fits as it is, or not within 31 days. */
            nextFit: string | null;
            sites: components["schemas"]["SiteQuote"][];
        };
        /** @description By what a person is reminded. */
        Reach: {
            /** @description Whether the person reads the own page. */
            app: boolean;
            /** @description 5 to 15 digits, with `+` before the code of a country; null: no phone, who is told on paper. It must be said. */
            phone: string | null;
            /** @description Whether the phone takes short messages. */
            sms: boolean;
            /** @description Whether the phone may be called. */
            voice: boolean;
        };
        /** @description What one participant really received in some ten seconds: what its client told to have got, and not what was sent. */
        Receipt: {
            /**
             * Format: int64
             * @description Messages of data channels that arrived, bytes on the wire.
             * @default 0
             */
            dataBytes: number;
            /**
             * Format: int64
             * @description From when on, milliseconds since 1970.
             * @default 0
             */
            fromMs: number;
            /**
             * @description Who, as the room token says: a person id.
             * @default
             */
            identity: string;
            /**
             * @description The gateway was killed before these ten seconds were complete: what came last, or was told last, is not in it.
             * @default false
             */
            interrupted: boolean;
            /** @default null */
            line: components["schemas"]["LineFigures"] | null;
            /**
             * Format: double
             * @description Packets lost on the way, before copies and repair; null if not known.
             * @default null
             */
            lossPercent: number | null;
            /**
             * @description What it chose to be sent, such as `full`.
             * @default
             */
            mode: string;
            /**
             * Format: double
             * @description Estimated opinion of the voice (ITU-T G.107), 1 to 4.4.
             * @default null
             */
            opinion: number | null;
            /**
             * @default {
             *       "awayS": 0,
             *       "bytes": 0,
             *       "layerBytes": [],
             *       "lostPackets": 0,
             *       "missedS": 0,
             *       "packets": 0,
             *       "pausedS": 0,
             *       "receivedS": 0,
             *       "recoveredPackets": 0,
             *       "unknownS": 0
             *     }
             */
            picture: components["schemas"]["Share"];
            /**
             * @description Why a picture was not sent: `line`, `mode` or `budget`.
             * @default null
             */
            reason: string | null;
            /**
             * @description Room name = session id.
             * @default
             */
            room: string;
            /**
             * Format: int64
             * @default null
             */
            roundTripMs: number | null;
            /**
             * @default {
             *       "awayS": 0,
             *       "bytes": 0,
             *       "layerBytes": [],
             *       "lostPackets": 0,
             *       "missedS": 0,
             *       "packets": 0,
             *       "pausedS": 0,
             *       "receivedS": 0,
             *       "recoveredPackets": 0,
             *       "unknownS": 0
             *     }
             */
            screen: components["schemas"]["Share"];
            /**
             * @description The site that the token names; empty for none.
             * @default
             */
            site: string;
            /**
             * @default {
             *       "awayS": 0,
             *       "bytes": 0,
             *       "layerBytes": [],
             *       "lostPackets": 0,
             *       "missedS": 0,
             *       "packets": 0,
             *       "pausedS": 0,
             *       "receivedS": 0,
             *       "recoveredPackets": 0,
             *       "unknownS": 0
             *     }
             */
            sound: components["schemas"]["Share"];
            /**
             * Format: int64
             * @description Until when.
             * @default 0
             */
            toMs: number;
            /**
             * @description Whether its client told anything at all.
             * @default false
             */
            told: boolean;
            /**
             * Format: int64
             * @description All that came from it, bytes on the wire.
             * @default 0
             */
            upBytes: number;
            /**
             * Format: int64
             * @description All that was sent to it, bytes on the wire.
             * @default 0
             */
            wireBytes: number;
        };
        /** @description What the participants of a session received. */
        Receipts: {
            /** @description `after` of the request for the receipts that follow; null if these are all. */
            next: string | null;
            /** @description The sums of each person who was there; who led it first, as in the session. */
            participants: components["schemas"]["Received"][];
            /** @description At most 450. */
            receipts: components["schemas"]["Receipt"][];
        };
        /** @description What one person received in a session. */
        Received: {
            /** @description When the first and the last receipt was, RFC 3339. */
            from: string;
            /**
             * Format: double
             * @description Packets lost on the way, before copies and repair; null if not known.
             */
            lossPercent: number | null;
            names: components["schemas"]["Names"] | null;
            /**
             * Format: double
             * @description Estimated opinion of the voice (ITU-T G.107), 1 to 4.4.
             */
            opinion: number | null;
            organizationNames: components["schemas"]["Names"] | null;
            /** @description The person's id, or whatever the room token named. */
            personId: string;
            picture: components["schemas"]["Spans"];
            /** @enum {string|null} */
            role: "specialist" | "village_doctor" | "lead_teacher" | "classroom" | "observer" | "patient" | "pupil" | "interpreter" | null;
            /** Format: int64 */
            roundTripMs: number | null;
            screen: components["schemas"]["Spans"];
            sound: components["schemas"]["Spans"];
            to: string;
            /**
             * Format: int64
             * @description All that came from the person, bytes on the wire.
             */
            upBytes: number;
            /**
             * Format: int64
             * @description All that was sent to the person, bytes on the wire.
             */
            wireBytes: number;
        };
        /** @description What the people of a site are sent, and how much data that may take, both ways, in megabytes of 10^6 bytes. */
        Reception: {
            /** @enum {string} */
            mode: "full" | "small" | "slides" | "voice" | "stills";
            /** @enum {string} */
            modeMost: "full" | "small" | "slides" | "voice" | "stills";
            /**
             * Format: int32
             * @description Of the site in one month; null = no bound.
             */
            monthMb?: number | null;
            /**
             * Format: int32
             * @description Of one person in one session; null = no bound.
             */
            sessionMb?: number | null;
        };
        /** @description What opens one recording. */
        RecordingTicket: {
            /** @description Whether the person who asks may delete it. */
            canDelete: boolean;
            /** @description When the ticket ends, RFC 3339. */
            expiresAt: string;
            /** @description For `Authorization: Bearer` at the recorder. */
            ticket: string;
        };
        /** @description An area, an organization, a room, a person or a terminal of the register. */
        RegisterEntry: {
            /** @description Of an organization that lies in one. */
            areaCode?: string;
            /** @description Of an area its code. */
            id: string;
            /** @description Of a person: pairs of languages, in alphabetical order. */
            interprets?: string[];
            /** @description Of an organization: `health` or `education`; of a terminal: `screen`, `computer`, `tablet` or `phone`. */
            kind?: string;
            /** @description Of a person who has one. */
            mail?: string;
            names: components["schemas"]["Names"];
            /** @description Of a room or a person. */
            organizationId?: string;
            /** @description Kept for what points to it; not offered, booked or let in any more. */
            retired: boolean;
            /** @description Of a person. */
            roles?: string[];
            /** @description Of a terminal. */
            roomId?: string;
        };
        /** @description One page of a list. */
        RegisterPage: {
            /** @description The areas that entries of this page lie in, as far as they are loaded. */
            areas: components["schemas"]["AreaFound"][];
            /** @description In the order of their ids; retired ones too. */
            entries: components["schemas"]["RegisterEntry"][];
            /** @description `after` of the request for the next page; null if this is the last one. */
            next: string | null;
        };
        /** @description How a secret is renewed. */
        Renewal: {
            /**
             * Format: int64
             * @description How long the secret before signs beside the new one, seconds: 0 to 604,800 (7 days); 86,400 (a day) if absent.
             */
            overlapS?: number | null;
        };
        /** @description From where messages are sent again. */
        Replay: {
            /**
             * @description The number of the last event that is not sent again, as in `GET /api/v1/changes`: `0` for all of them; `latest` to pass
             *     over all that waits.
             */
            since: string;
        };
        /** @description A person, a room, a terminal or an interpreter, who is the person of that id. */
        ResourceId: {
            id: string;
            /** @enum {string} */
            kind: "person" | "room" | "terminal" | "interpreter";
        };
        /** @description What a role may do on one level. */
        RoleCell: {
            /** @description `province`, `city`, `county`, `township` or `village`. */
            level: string;
            /** @description Words of permissions, of what one takes part in and of what is one's own. */
            of_own: string[];
            /** @description Words of permissions, of all that lies in the scope. */
            of_scope: string[];
        };
        /** @description A standing role. */
        RoleRow: {
            levels: components["schemas"]["RoleCell"][];
            role: string;
        };
        /** @description Every standing role, and what it may do on which level of area. */
        RoleTable: {
            roles: components["schemas"]["RoleRow"][];
        };
        /** @description A bookable room. */
        Room: {
            id: string;
            names: components["schemas"]["Names"];
            organizationId: string;
        };
        /** @description A room as it is to be. */
        RoomForm: {
            /** @description Each one line, at most 80 characters; no other room of the organization has the Chinese one. */
            names: components["schemas"]["Names"];
            organizationId: string;
            /** @description Cannot be booked any more. */
            retired?: boolean;
        };
        /** @description Which learning groups of a place attend a class. */
        RosterForm: {
            /** @description Ids of groups of the place; a class has at most 20 over all its places. None takes those of the place away. */
            groupIds: string[];
            /** @description Whether they attend the later classes of its series at the place as well, those that have not begun; false if absent. */
            later?: boolean;
        };
        /** @description A learning group in a class, as it was when the class began. */
        RosterGroup: {
            groupId: string;
            name: string;
            /** Format: int32 */
            pupils: number;
            teacherId: string;
            teacherNames: components["schemas"]["Names"];
        };
        /** @description Where a role is held. */
        ScopeForm: {
            /** @description The code of the area or the id of the organization; absent for the others. */
            id?: string;
            /** @description `county`, `home` (the person's own site), `area` or `site`. */
            kind: string;
        };
        /** @description A series of sessions and what became of each of its occurrences. */
        Series: {
            /** @description How many occurrences have a session, at their own time or another. */
            booked: number;
            /** @description RFC 3339. */
            bookedAt: string;
            /** @description Person id. */
            bookedBy: string;
            /** @description UUIDv7. */
            id: string;
            /** @enum {string} */
            kind: "consultation" | "class" | "training" | "broadcast";
            /** @description By their time, at most 400. */
            occurrences: components["schemas"]["Occurrence"][];
            /** @description How many are still to be made up. */
            owed: number;
            /** @description The people whom its sessions to come are booked with. */
            participants: components["schemas"]["SeriesParticipant"][];
            recording: boolean;
            /** @description Ids of the rooms that its sessions to come are booked with. */
            roomIds: string[];
            /** @description Of what is to come, as the standard writes it. */
            rule: string;
            /** @description Ids of the terminals that its sessions to come are booked with. */
            terminalIds: string[];
            /** @description IANA name of the zone in whose time the sessions stay. */
            timeZone: string;
            title: string;
            /**
             * Format: int64
             * @description Grows with each change of the series and of its sessions; in quotes the ETag of the series.
             */
            version: number;
        };
        /** @description What is to be cancelled of a series. */
        SeriesCancellation: {
            /**
             * Format: int64
             * @description Number of the occurrence that is cancelled with all that follow it; all that are to come if absent. One alone is cancelled
             *     as any session, and owed then.
             */
            from?: number | null;
            /** @description For the people who are booked; one line, at most 200 characters. */
            reason?: string | null;
        };
        /** @description What is to be changed of a series; a member that is absent or null stays as it is. What has begun stays as it is. */
        SeriesChange: {
            changedAlone?: components["schemas"]["ChangedAlone"];
            /**
             * Format: int64
             * @description Number of the occurrence that is changed with all that follow it; all that are to come if absent. One alone is changed
             *     as any session.
             */
            from?: number | null;
            /** @description `skip`: a session that cannot be changed so stays as it was. `refuse`: then none is changed. */
            ifBlocked?: components["schemas"]["IfBlocked"];
            ifOutOfRule?: components["schemas"]["IfOutOfRule"];
            /**
             * Format: int64
             * @description How long each is.
             */
            minutes?: number | null;
            /** @description Why they must be so although somebody or something is not open; one line, at most 200 characters. */
            overrideReason?: string | null;
            /** @description All people that they are to have. */
            participants?: components["schemas"]["Wanted"][] | null;
            /** @description Why, for the people who are booked; one line, at most 200 characters. */
            reason?: string | null;
            recording?: boolean | null;
            /** @description All rooms that they are to have. */
            roomIds?: string[] | null;
            /**
             * @description Another rule for them, as when booking. A session that keeps its day keeps its time and people; the rest move on in their
             *     order; what is left over is cancelled, and what is missing is booked.
             * @example FREQ=WEEKLY;BYDAY=TH;COUNT=12
             */
            rule?: string | null;
            /** @description YYYY-MM-DD, the first day of that rule; the day of the first occurrence that is changed if absent. */
            startDay?: string | null;
            /**
             * @description HH:MM in the zone of the series; the days stay.
             * @example 14:00
             */
            startTime?: string | null;
            /** @description All terminals that they are to have. */
            terminalIds?: string[] | null;
            /** @description One line, at most 120 characters. */
            title?: string | null;
        };
        /** @description A series after a change, and what the change did to each of its occurrences. */
        SeriesChanged: {
            /** @description Those that the change was for, in their order. */
            results: components["schemas"]["OccurrenceResult"][];
            series: components["schemas"]["Series"];
        };
        /** @description The problem of a change of a series of which somebody has changed something meanwhile. */
        SeriesChangedMeanwhile: components["schemas"]["Problem"] & {
            /** @description The series as it is now. */
            series: components["schemas"]["Series"];
        };
        /** @description A person of a series. */
        SeriesParticipant: {
            /** @description Between which languages the person interprets in it; left out if that was not said. */
            interprets?: string;
            personId: string;
            /** @enum {string} */
            role: "specialist" | "village_doctor" | "lead_teacher" | "classroom" | "observer" | "patient" | "pupil" | "interpreter";
        };
        /** @description What is to be booked again and again. */
        SeriesWish: {
            /** @description The first session; all others are as long, at the same local time. */
            booking: components["schemas"]["Wish"];
            /** @description Days of the rule without a session, YYYY-MM-DD in that zone. */
            exdates?: string[];
            ifBlocked?: components["schemas"]["IfBlocked"];
            ifOutOfRule?: components["schemas"]["IfOutOfRule"];
            /** @description Starts of further sessions, RFC 3339 with an offset. */
            rdates?: string[];
            /**
             * @description RFC 5545, section 3.3.10, with COUNT or UNTIL: FREQ, INTERVAL, BYMONTH, BYMONTHDAY, BYDAY, BYSETPOS, WKST.
             * @example FREQ=WEEKLY;BYDAY=MO,WE;COUNT=20
             */
            rule: string;
            /**
             * @description IANA name of the zone in whose time the sessions stay; the county's if absent.
             * @example Asia/Shanghai
             */
            timeZone?: string | null;
        };
        /** @description A booked session. */
        Session: {
            /** @description When whoever led it ended it for all, RFC 3339 in the county's zone; null if nobody did. */
            endedAt: string | null;
            /** @description RFC 3339 in the county's zone; not in the session any more. */
            endsAt: string;
            /** @description UUIDv7; also the name of the room at the gateway. */
            id: string;
            /** @description Whether the person who asks can join it now. */
            joinable: boolean;
            /** @enum {string} */
            kind: "consultation" | "class" | "training" | "broadcast";
            organizationNames: components["schemas"]["Names"] | null;
            participants: components["schemas"]["Participant"][];
            /** @description Whether it is to be recorded. */
            recording: boolean;
            rooms: components["schemas"]["Room"][];
            /** @description The series that it stands in, if any. */
            seriesId: string | null;
            /** @description RFC 3339 in the county's zone. */
            startsAt: string;
            /** @enum {string} */
            state: "scheduled" | "cancelled";
            terminals: components["schemas"]["Terminal"][];
            title: string;
            /**
             * Format: int64
             * @description Grows with each change; in quotes the ETag of the session.
             */
            version: number;
        };
        /** @description One event of a session, as the person who asks may see it. */
        SessionEvent: {
            after: components["schemas"]["Members"] | null;
            /** @description RFC 3339 in the county's zone. */
            at: string;
            before: components["schemas"]["Members"] | null;
            by: components["schemas"]["Author"];
            endsAt: string;
            /** @enum {string} */
            kind: "booked" | "changed" | "cancelled";
            /**
             * Format: int64
             * @description Grows from event to event.
             */
            number: number;
            /** @description Why it went against the hours of somebody or something, if it did. */
            overrideReason?: string | null;
            /** @description Why, as who did it wrote it. */
            reason: string | null;
            sessionId: string;
            /** @enum {string} */
            sessionKind: "consultation" | "class" | "training" | "broadcast";
            startsAt: string;
            /** @description Title and time since then; for a session that was cancelled, or that the person is not in any more, until then. */
            title: string;
            /**
             * Format: int64
             * @description The version of the session that it made.
             */
            version: number;
            /** @enum {string|null} */
            you: "added" | "removed" | null;
        };
        /** @description How the people of a session were told by mail. */
        SessionMails: {
            /** @description In the order of their ids. Of a session in a series these are the mails of the series; who was taken out is in it as well. */
            people: components["schemas"]["MailOfPerson"][];
            /** @description Whether this county sends mails at all. */
            sending: boolean;
        };
        /** @description What was received of one medium; bytes on the wire. */
        Share: {
            /**
             * Format: int64
             * @description Seconds in which there was nothing to receive: the lines of those who would have sent it were away.
             * @default 0
             */
            awayS: number;
            /**
             * Format: int64
             * @default 0
             */
            bytes: number;
            /**
             * @description By layer, the smallest first.
             * @default []
             */
            layerBytes: number[];
            /**
             * Format: int64
             * @default 0
             */
            lostPackets: number;
            /**
             * Format: int64
             * @description Seconds in which it was sent and did not arrive.
             * @default 0
             */
            missedS: number;
            /**
             * Format: int64
             * @default 0
             */
            packets: number;
            /**
             * Format: int64
             * @description Seconds in which it was not sent, for the reason.
             * @default 0
             */
            pausedS: number;
            /**
             * Format: int64
             * @description Seconds in which it was received; a silence that could be heard is.
             * @default 0
             */
            receivedS: number;
            /**
             * Format: int64
             * @description Packets that came as copies, or by being sent again.
             * @default 0
             */
            recoveredPackets: number;
            /**
             * Format: int64
             * @description Seconds of which the client told nothing.
             * @default 0
             */
            unknownS: number;
        };
        /** @description The sessions of one site on one day. */
        SiteDay: {
            /** @description When the day begins, RFC 3339 in the county's zone. */
            beginsAt: string;
            /** @description YYYY-MM-DD in the county's zone. */
            day: string;
            /** @description `after` of the request for those that follow; null if these are all. */
            next: string | null;
            /** @description Earliest first. */
            sessions: components["schemas"]["DaySession"][];
            /** @description The county's zone by its IANA name, such as `Asia/Shanghai`. */
            timeZone: string;
        };
        /** @description What the access line of a site carried last. */
        SiteLine: components["schemas"]["LineFigures"] & {
            /** @description When that was, RFC 3339. */
            at: string;
        };
        /** @description A site whose line cannot take a session, and what it can. */
        SiteMisfit: components["schemas"]["LineMisfit"] & {
            /** @description The modes that fit, the greatest first: send one of them in `sites`. */
            fits: string[];
            /** @enum {string} */
            mode: "full" | "small" | "slides" | "voice" | "stills";
            names: components["schemas"]["Names"];
            organizationId: string;
        };
        /** @description In which mode the people of a site take part. */
        SiteMode: {
            /** @enum {string} */
            mode: "full" | "small" | "slides" | "voice" | "stills";
            organizationId: string;
        };
        /** @description What a session would take of the line of one site. */
        SiteQuote: {
            line: components["schemas"]["Line"] | null;
            /** @enum {string} */
            mode: "full" | "small" | "slides" | "voice" | "stills";
            /** @description What its people may have, the most first. */
            modes: components["schemas"]["ModeQuote"][];
            /**
             * Format: int32
             * @description What is left of them, when everything that is booked has taken all that it may; null = no bound.
             */
            monthLeftMb: number | null;
            /**
             * Format: int32
             * @description Megabytes of the site in the month of the session; null = no bound.
             */
            monthMb: number | null;
            names: components["schemas"]["Names"];
            organizationId: string;
            /** @description How many of its people take part. */
            people: number;
        };
        /** @description A time at which everything that is needed is free. */
        Slot: {
            /** @description RFC 3339 in the county's zone; not in the slot any more. */
            endsAt: string;
            /** @description For each need who or what serves it; after them the lines. */
            servedBy: components["schemas"]["Bookable"][];
            /** @description RFC 3339 in the county's zone. */
            startsAt: string;
        };
        /** @description What is looked for. */
        SlotSearch: {
            /** @description Id of a booked session that is to be moved: what it has taken is in nobody's way. */
            butSession?: string | null;
            /**
             * @description RFC 3339 with an offset; now if absent or earlier.
             * @example 2026-11-23T00:00:00+08:00
             */
            from?: string | null;
            /** @description What the session takes of the lines of sites, at most 8: a site once. Whoever books sees it in a quote. */
            lines?: components["schemas"]["LineNeed"][];
            /**
             * Format: int32
             * @description How long, 1 to 720.
             */
            minutes: number;
            /** @description Most slots in the answer, 1 to 50. */
            most?: number;
            /** @description What is needed all at once, 1 to 8; nobody and nothing serves two needs. */
            needs: components["schemas"]["Need"][];
            /** @description A start that is wished for, RFC 3339 with an offset: what is in its way is told, and slots from it on. */
            startsAt?: string | null;
            /**
             * Format: int32
             * @description Starts are at multiples of this after midnight: 5, 10, 15, 20, 30 or 60.
             */
            stepMinutes?: number;
            /** @description RFC 3339 with an offset; every slot ends by then. At most 31 days after `from`, which is taken if absent. */
            until?: string | null;
        };
        /** @description The problem of a clash. */
        SlotTaken: components["schemas"]["Problem"] & {
            /** @description For a session that has begun and keeps its start: the latest end for which everything is free, RFC 3339; else null. */
            freeUntil: string | null;
            /** @description If that resource is only held for a booking that somebody is making: when that runs out, RFC 3339; else null. */
            heldUntil: string | null;
            /** @description When everything that was asked for is free, RFC 3339; null if not within 31 days. */
            nextFree: string | null;
            resource: components["schemas"]["Taken"];
            /** @description When that resource is free again, RFC 3339. */
            takenUntil: string;
        };
        /** @description What was found. */
        SlotsFound: {
            /**
             * @description All that is in the way of the start that was wished for: of each need that nobody serves then, all that could serve
             *     it with every cause. At most 200.
             */
            blocking: components["schemas"]["Blocker"][];
            /** @description How many more there are than `blocking` holds. */
            blockingMore: number;
            /**
             * @description Years of which the legal holidays are not published yet although somebody here keeps them: their weekdays alone
             *     decided, and the answer may change.
             */
            notPublished: number[];
            /** @description Up to when it was looked, RFC 3339. */
            searchedUntil: string;
            /** @description Earliest first. */
            slots: components["schemas"]["Slot"][];
            /** @description The county's zone by its IANA name, in which hours hold and times are printed. */
            timeZone: string;
            wished: components["schemas"]["Slot"] | null;
        };
        /** @description Seconds of one medium, and what came of it. */
        Spans: {
            /**
             * Format: int64
             * @description Seconds in which there was nothing to receive: the lines of those who would have sent it were away.
             * @default 0
             */
            awayS: number;
            /**
             * Format: int64
             * @description Bytes on the wire that arrived.
             * @default 0
             */
            bytes: number;
            /**
             * Format: int64
             * @description Seconds in which it was sent and did not arrive.
             * @default 0
             */
            missedS: number;
            /**
             * Format: int64
             * @description Seconds in which it was not sent, for the line, the mode or the budget.
             * @default 0
             */
            pausedS: number;
            /**
             * Format: int64
             * @description Seconds in which it was received.
             * @default 0
             */
            receivedS: number;
            /**
             * Format: int64
             * @description Seconds of which the client told nothing.
             * @default 0
             */
            unknownS: number;
        };
        /** @description Whether a person may come in. */
        Switch: {
            enabled: boolean;
        };
        /** @description Who or what is taken. */
        Taken: {
            id: string;
            /** @description `person`, `room`, `terminal` or `interpreter`, who is a person. */
            kind: string;
            names: components["schemas"]["Names"];
        };
        /** @description A price from an hour of the day on, until the next one begins; the last one goes on over midnight. */
        TariffBand: {
            /**
             * @description HH:MM in the county's zone.
             * @example 23:00
             */
            from: string;
            /**
             * Format: int32
             * @description Hundredths of a fen for a megabyte; 0 = free.
             */
            hundredthFenPerMb: number;
        };
        /** @description Who gives a class, or sits with the pupils. */
        Teacher: {
            names: components["schemas"]["Names"];
            personId: string;
        };
        /** @description A bookable terminal: a device that stands in a room. */
        Terminal: {
            id: string;
            /** @description `screen`, `computer`, `tablet` or `phone`. */
            kind: string;
            names: components["schemas"]["Names"];
            roomId: string;
        };
        /** @description A device of a terminal, for who keeps it. */
        TerminalDevice: {
            id: string;
            name: string;
            /** @description RFC 3339. */
            pairedAt: string;
            /** @description Who made the code by which it came in. */
            pairedByNames: components["schemas"]["Names"];
            /** @description When it was revoked, RFC 3339; null if it was not. */
            revokedAt?: string | null;
            /** @description When it last said that it is there, RFC 3339; noted every five minutes. */
            seenAt: string;
        };
        /** @description The devices of a terminal. */
        TerminalDevices: {
            /** @description Until when the link of the terminal's pairing code works, RFC 3339; null if it has none. */
            codeEndsAt?: string | null;
            /** @description In the order in which they were paired; at most 5 that are not revoked, and 20 that are. */
            devices: components["schemas"]["TerminalDevice"][];
            room: components["schemas"]["Named"];
            site: components["schemas"]["Named"];
            terminal: components["schemas"]["Named"];
        };
        /** @description A terminal as it is to be. */
        TerminalForm: {
            /** @description `screen`, `computer`, `tablet` or `phone`. */
            kind: string;
            /** @description Each one line, at most 80 characters; no other terminal of the room has the Chinese one. */
            names: components["schemas"]["Names"];
            retired?: boolean;
            roomId: string;
        };
        /** @description What a guest has: the secret of a link, or six digits; or neither, in the browser that came in before. */
        TicketShown: {
            digits?: string | null;
            /** @description What stands after `once=` in the link. */
            once?: string | null;
            /** @description In a browser that came in before: into which session; the latest if absent. */
            sessionId?: string | null;
        };
        /**
         * @description How somebody was told by another one.
         * @enum {string}
         */
        ToldHow: "in_person" | "by_phone";
        /** @description Who is invited, and how urgent the case is. */
        Triage: {
            /** @description One to five specialists of other organizations, instead of those who were invited before. */
            invitedIds: string[];
            /** @enum {string} */
            urgency?: "routine" | "soon" | "urgent";
        };
        /** @description Somebody who has not answered. */
        Unanswered: {
            /** @enum {string} */
            kind: "consultation" | "class" | "training" | "broadcast";
            names: components["schemas"]["Names"];
            personId: string;
            sessionId: string;
            siteId: string;
            siteNames: components["schemas"]["Names"];
            /** @description RFC 3339 in the county's zone. */
            startsAt: string;
        };
        /** @description Why an occurrence is owed no more. */
        Waiver: {
            /** @description One line, at most 200 characters. */
            reason: string;
        };
        /** @description A person to be booked. */
        Wanted: {
            /**
             * @description Of an interpreter: between which languages in this session, one of the pairs with which the person is registered, such as `bo-zh`.
             * @example bo-zh
             */
            interprets?: string | null;
            personId: string;
            /** @enum {string} */
            role: "specialist" | "village_doctor" | "lead_teacher" | "classroom" | "observer" | "patient" | "pupil" | "interpreter";
        };
        /** @description A webhook. */
        Webhook: {
            /**
             * Format: int32
             * @description How often the next one was tried in vain.
             */
            failedTries: number;
            id: string;
            kinds: ("session.booked" | "session.changed" | "session.cancelled")[];
            lastFailure: components["schemas"]["WebhookTry"] | null;
            madeAt: string;
            name: string;
            /** @description When it is tried again, if it was. */
            nextTryAt: string | null;
            /** @description Until when the secret before signs as well, if it does. */
            oldSecretUntil: string | null;
            /** @enum {string|null} */
            paused: "by-hand" | "gone" | "given-up" | null;
            /** @description Since when, RFC 3339. */
            pausedAt: string | null;
            /**
             * Format: int64
             * @description The number of the last event that was taken or passed over.
             */
            reached: number;
            /** @description When a message was taken last. */
            takenAt: string | null;
            url: string;
            /**
             * Format: int64
             * @description How many events wait behind it, of kinds that it is not told of as well.
             */
            waiting: number;
        };
        /** @description What is to be changed of a webhook; a member that is absent or null stays as it is. */
        WebhookChange: {
            kinds?: ("session.booked" | "session.changed" | "session.cancelled")[] | null;
            name?: string | null;
            /** @description `true`: nothing is sent, and all that happens waits; `false`: what has waited is sent. */
            paused?: boolean | null;
            url?: string | null;
        };
        /** @description What happened to a session, as a webhook is told. */
        WebhookEvent: {
            /** @description Which of `title`, `startsAt`, `endsAt`, `recording`, `roomIds`, `terminalIds`, `participants` and `endedAt` changed; empty if it was booked or cancelled. */
            changed: string[];
            endsAt: string;
            /** @enum {string} */
            kind: "booked" | "changed" | "cancelled";
            /**
             * Format: int64
             * @description Of the event. `GET /api/v1/changes?since=` of one less begins with it.
             */
            number: number;
            sessionId: string;
            /** @enum {string} */
            sessionKind: "consultation" | "class" | "training" | "broadcast";
            /** @description RFC 3339 in the county's zone, since then; of what was cancelled, until then. */
            startsAt: string;
            /**
             * Format: int64
             * @description The version of the session that it made.
             */
            version: number;
        };
        /** @description The body of a message (Standard Webhooks: `type`, `timestamp`, `data`). */
        WebhookMessage: {
            data: components["schemas"]["WebhookEvent"];
            /** @description When it happened, RFC 3339 in the county's zone. */
            timestamp: string;
            /** @enum {string} */
            type: "session.booked" | "session.changed" | "session.cancelled";
        };
        /** @description A webhook and its secret, which is told this once. */
        WebhookSecret: {
            /** @description `whsec_` and 32 bytes in base64. */
            secret: string;
            webhook: components["schemas"]["Webhook"];
        };
        /** @description The latest tries of a webhook. */
        WebhookTries: {
            /** @description The latest first, at most 100; tests as well. */
            tries: components["schemas"]["WebhookTry"][];
        };
        /** @description One try to deliver a message. */
        WebhookTry: {
            /** @description When it ended, RFC 3339. */
            at: string;
            /** @enum {string|null} */
            failure: "status" | "gone" | "redirect" | "timeout" | "unknown-name" | "forbidden" | "unreachable" | "too-long" | null;
            /**
             * Format: int64
             * @description How long it took, milliseconds.
             */
            ms: number;
            /**
             * Format: int64
             * @description The number of the event; null for a test.
             */
            number: number | null;
            /**
             * Format: int32
             * @description What the receiver answered; null if it did not.
             */
            status: number | null;
        };
        /** @description The webhooks of a county. */
        Webhooks: {
            kinds: ("session.booked" | "session.changed" | "session.cancelled")[];
            /** @description How many there may be. */
            most: number;
            /** @description Oldest first. */
            webhooks: components["schemas"]["Webhook"][];
        };
        /** @description What somebody has in some days. */
        Week: {
            /** @description YYYY-MM-DD in the county's zone: the first of the days. */
            day: string;
            /**
             * Format: int64
             * @description How many.
             */
            days: number;
            /** @description `after` of the request for those that follow; null if these are all. */
            next?: string | null;
            /** @description Earliest first, at most 100, without those that are cancelled. */
            sessions: components["schemas"]["Session"][];
            /** @description The county's zone by its IANA name, such as `Asia/Shanghai`. */
            timeZone: string;
        };
        /** @description What is to be booked. */
        Wish: {
            /**
             * @description RFC 3339 with an offset; at most 12 hours after the start.
             * @example 2026-11-23T10:00:00+08:00
             */
            endsAt: string;
            /** @description A hold of one's own (`POST /api/v1/holds`) that this is booked over: what it holds is given back and booked in one step. */
            holdId?: string | null;
            /** @enum {string} */
            kind: "consultation" | "class" | "training" | "broadcast";
            /**
             * @description Why it must be then although somebody or something is not open, or has no time for the way; one line, at most 200
             *     characters, and kept with the event. Without it such a booking is refused (`/problems/not-open`).
             */
            overrideReason?: string | null;
            /**
             * @description People to be taken, at most 50. A consultation needs a specialist and a village doctor, a class exactly one lead
             *     teacher and at least one classroom, anything else somebody who can speak.
             */
            participants: components["schemas"]["Wanted"][];
            /** @description Whether to record it. */
            recording?: boolean;
            /** @description Rooms to be taken, at most 10. */
            roomIds?: string[];
            /** @description Sites whose people take part in a lesser mode than they may; the others have the most that they may. */
            sites?: components["schemas"]["SiteMode"][];
            /**
             * @description RFC 3339 with an offset; parts of a second are dropped.
             * @example 2026-11-23T09:30:00+08:00
             */
            startsAt: string;
            /** @description Terminals to be taken, at most 20. */
            terminalIds?: string[];
            /** @description One line, at most 120 characters. */
            title: string;
        };
        /** @description A consent that is withdrawn. */
        Withdrawal: {
            /** @enum {string} */
            purpose: "consultation" | "recording";
            /** @description Why, if that is said: one line, at most 200 characters. */
            reason?: string | null;
        };
        /** @description A day with the hours of another weekday. */
        Workday: {
            /** @description YYYY-MM-DD. */
            day: string;
            like: components["schemas"]["DayOfWeek"];
        };
        /** @description Days of one month of the year. */
        Yearly: {
            /**
             * Format: int32
             * @description The first day, from 1.
             */
            from: number;
            /**
             * Format: int32
             * @description From 1 to 12.
             */
            month: number;
            reckoning: components["schemas"]["MonthReckoning"];
            /**
             * Format: int32
             * @description The last day, at most 31.
             */
            to: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getApiOpenapiJson: {
        parameters: {
        };
        responses: {
            /** @description OpenAPI 3.1 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
        };
    };
    getAccounts: {
        parameters: {
            query?: {
                /** @description `next` of the answer before */
                after?: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accounts"];
                };
            };
        };
    };
    postAccounts: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAccount"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasswordLink"];
                };
            };
        };
    };
    putAccountsId: {
        parameters: {
            path: {
                /** @description Person id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Switch"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
        };
    };
    postAccountsIdLink: {
        parameters: {
            path: {
                /** @description Person id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasswordLink"];
                };
            };
        };
    };
    deleteAccountsPersonIdProvider: {
        parameters: {
            path: {
                /** @description Of the directory */
                person_id: string;
            };
        };
        responses: {
            /** @description Not connected any more */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getAgreements: {
        parameters: {
            query?: {
                /** @description `next` of the answer before */
                after?: string;
                /** @description YYYY-MM; this month if absent */
                month?: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agreements"];
                };
            };
        };
    };
    postAgreements: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgreementForm"];
            };
        };
        responses: {
            /** @description A draft */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agreement"];
                };
            };
        };
    };
    putAgreementsId: {
        parameters: {
            path: {
                /** @description Agreement id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgreementForm"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agreement"];
                };
            };
        };
    };
    postAgreementsIdStep: {
        parameters: {
            path: {
                /** @description Agreement id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgreementAct"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agreement"];
                };
            };
        };
    };
    getAreas: {
        parameters: {
            query?: {
                /** @description Beginning of a name, of its pinyin, of its first letters, or of a code */
                q?: string;
                /** @description Code of an area in which they lie */
                within?: string;
                /** @description `next` of the page before */
                after?: string;
                /** @description 1 to 200; 20 if absent */
                limit?: number;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AreasFound"];
                };
            };
        };
    };
    putAreasId: {
        parameters: {
            path: {
                /** @description Its code: 2, 4, 6, 9 or 12 digits */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AreaForm"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisterEntry"];
                };
            };
        };
    };
    getAudit: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                before?: string;
                /** @description Why it is read; at most 200 characters */
                reason?: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
        };
    };
    getAuditChain: {
        parameters: {
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditChain"];
                };
            };
        };
    };
    getAvailabilityKindId: {
        parameters: {
            path: {
                /** @description `person`, `room`, `terminal` or `organization` */
                kind: string;
                /** @description Its id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Availability"];
                };
            };
        };
    };
    putAvailabilityKindId: {
        parameters: {
            path: {
                /** @description `person`, `room`, `terminal` or `organization` */
                kind: string;
                /** @description Its id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Availability"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Availability"];
                };
            };
        };
    };
    postCalendar: {
        parameters: {
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FeedAddress"];
                };
            };
        };
    };
    getCalendarFile: {
        parameters: {
            path: {
                /** @description The secret part of the address, with `.ics` */
                file: string;
            };
        };
        responses: {
            /** @description iCalendar (RFC 5545) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/calendar": unknown;
                };
            };
        };
    };
    getCases: {
        parameters: {
            query?: {
                /** @description Only those that are neither closed nor cancelled */
                open?: boolean;
                /** @description `next` of the answer before */
                before?: string;
                /** @description Why it is read; at most 200 characters */
                reason?: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Cases"];
                };
            };
        };
    };
    postCases: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CaseRequest"];
            };
        };
        responses: {
            /** @description Requested */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
        };
    };
    getCasesQueue: {
        parameters: {
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseQueue"];
                };
            };
        };
    };
    getCasesId: {
        parameters: {
            query?: {
                /** @description Why it is read; at most 200 characters */
                reason?: string;
            };
            path: {
                /** @description Case id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseCard"];
                };
            };
        };
    };
    postCasesIdAnswer: {
        parameters: {
            path: {
                /** @description Case id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CaseAnswer"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
        };
    };
    postCasesIdBreakGlass: {
        parameters: {
            path: {
                /** @description Case id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CaseReason"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseCard"];
                };
            };
        };
    };
    postCasesIdCancel: {
        parameters: {
            path: {
                /** @description Case id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CaseReason"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
        };
    };
    postCasesIdCheckIn: {
        parameters: {
            path: {
                /** @description Case id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CheckIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
        };
    };
    postCasesIdClose: {
        parameters: {
            path: {
                /** @description Case id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
        };
    };
    getCasesIdConsents: {
        parameters: {
            query?: {
                /** @description Why it is read; at most 200 characters */
                reason?: string;
            };
            path: {
                /** @description Case id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Consents"];
                };
            };
        };
    };
    postCasesIdConsents: {
        parameters: {
            path: {
                /** @description Case id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewConsent"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
        };
    };
    postCasesIdDecision: {
        parameters: {
            path: {
                /** @description Case id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewDecision"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
        };
    };
    getCasesIdEvents: {
        parameters: {
            query?: {
                /** @description Why it is read; at most 200 characters */
                reason?: string;
            };
            path: {
                /** @description Case id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseEvents"];
                };
            };
        };
    };
    getCasesIdMaterials: {
        parameters: {
            query?: {
                /** @description Why it is read; at most 200 characters */
                reason?: string;
            };
            path: {
                /** @description Case id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Materials"];
                };
            };
        };
    };
    postCasesIdMaterials: {
        parameters: {
            path: {
                /** @description Case id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMaterial"];
            };
        };
        responses: {
            /** @description The same file is there already, or on its way */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Material"];
                };
            };
            /** @description Announced */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Material"];
                };
            };
        };
    };
    deleteCasesIdMaterialsMaterial: {
        parameters: {
            path: {
                /** @description Case id */
                id: string;
                /** @description Material id */
                material: string;
            };
        };
        responses: {
            /** @description It is not there any more, nor are its bytes */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getCasesIdMaterialsMaterialPart: {
        parameters: {
            query?: {
                /** @description Why it is read; at most 200 characters */
                reason?: string;
            };
            path: {
                /** @description Case id */
                id: string;
                /** @description Material id */
                material: string;
                /** @description `preview` or `original` */
                part: string;
            };
        };
        responses: {
            /** @description The file; never shown in a page of ours by its address */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/jpeg": number[];
                    "image/png": number[];
                    "image/webp": number[];
                    "application/pdf": number[];
                    "application/dicom": number[];
                };
            };
            /** @description The rest of it */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/jpeg": number[];
                    "image/png": number[];
                    "image/webp": number[];
                    "application/pdf": number[];
                    "application/dicom": number[];
                };
            };
        };
    };
    patchCasesIdMaterialsMaterialPart: {
        parameters: {
            path: {
                /** @description Case id */
                id: string;
                /** @description Material id */
                material: string;
                /** @description `preview` or `original` */
                part: string;
            };
        };
        /** @description 1 byte to 256 KiB */
        requestBody: {
            content: {
                "application/octet-stream": number[];
            };
        };
        responses: {
            /** @description Kept on the disk; `received` says where the next piece begins */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FileTold"];
                };
            };
        };
    };
    getCasesIdOpinion: {
        parameters: {
            query?: {
                /** @description From 1; the latest if absent */
                version?: number;
                /** @description Why it is read; at most 200 characters */
                reason?: string;
            };
            path: {
                /** @description Case id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Opinion"];
                };
            };
        };
    };
    postCasesIdOpinion: {
        parameters: {
            path: {
                /** @description Case id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewOpinion"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
        };
    };
    postCasesIdSchedule: {
        parameters: {
            path: {
                /** @description Case id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CaseSession"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
        };
    };
    postCasesIdTriage: {
        parameters: {
            path: {
                /** @description Case id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Triage"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
        };
    };
    postCasesIdWithdrawal: {
        parameters: {
            path: {
                /** @description Case id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Withdrawal"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Case"];
                };
            };
        };
    };
    getChanges: {
        parameters: {
            query?: {
                /** @description `next` of the answer before; `latest` for the cursor of now and no events; from the first event if absent */
                since?: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Events"];
                };
            };
        };
    };
    getCounty: {
        parameters: {
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["County"];
                };
            };
        };
    };
    getCountySteps: {
        parameters: {
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CountySteps"];
                };
            };
        };
    };
    postDeviceChallenge: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChallengeWish"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChallengeMade"];
                };
            };
        };
    };
    getDeviceDay: {
        parameters: {
            query?: {
                /** @description `tag` of the answer before */
                seen?: string;
                /** @description For how many seconds the answer may wait, 0 to 25; 0 if absent */
                wait?: number;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceDay"];
                };
            };
        };
    };
    postDeviceLogin: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeviceLogin"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceIn"];
                };
            };
        };
    };
    postDevicePair: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Pairing"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceIn"];
                };
            };
        };
    };
    postDeviceSessionsIdJoin: {
        parameters: {
            path: {
                /** @description Session id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pass"];
                };
            };
        };
    };
    getDirectory: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                after?: string;
                /** @description Entries of a page, of all parts together, 1 to 1000; 1000 if absent */
                limit?: number;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Directory"];
                };
            };
        };
    };
    postGuestJoin: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TicketShown"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pass"];
                };
            };
        };
    };
    postGuestLook: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TicketShown"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GuestLook"];
                };
            };
        };
    };
    postHolds: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HoldRequest"];
            };
        };
        responses: {
            /** @description Held */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Held"];
                };
            };
        };
    };
    deleteHoldsId: {
        parameters: {
            path: {
                /** @description Hold id */
                id: string;
            };
        };
        responses: {
            /** @description Nothing is held by it any more */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    postHoldsIdExtend: {
        parameters: {
            path: {
                /** @description Hold id */
                id: string;
            };
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Extension"] | null;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Held"];
                };
            };
        };
    };
    getHolidays: {
        parameters: {
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HolidayYears"];
                };
            };
        };
    };
    getHolidaysYear: {
        parameters: {
            path: {
                /** @description From 1970 to 2199 */
                year: number;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HolidayYear"];
                };
            };
        };
    };
    putHolidaysYear: {
        parameters: {
            path: {
                /** @description From 1970 to 2199 */
                year: number;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HolidayDays"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HolidayYear"];
                };
            };
        };
    };
    postImports: {
        parameters: {
            query?: {
                /** @description Only say what would become of each line */
                "dry-run"?: boolean;
            };
        };
        /** @description At most 2 MiB and 5000 lines */
        requestBody: {
            content: {
                "text/csv": string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportReport"];
                };
            };
        };
    };
    getLearningGroups: {
        parameters: {
            query: {
                /** @description Organization id */
                site: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LearningGroups"];
                };
            };
        };
    };
    postLearningGroups: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LearningGroupForm"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LearningGroup"];
                };
            };
        };
    };
    getLearningGroupsId: {
        parameters: {
            path: {
                /** @description Group id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LearningGroup"];
                };
            };
        };
    };
    patchLearningGroupsId: {
        parameters: {
            path: {
                /** @description Group id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LearningGroupChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LearningGroup"];
                };
            };
        };
    };
    postLinks: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Once"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenLink"];
                };
            };
        };
    };
    postLogin: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Credentials"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Entered"];
                };
            };
        };
    };
    getLoginProvider: {
        parameters: {
        };
        responses: never;
    };
    getLoginProviderBack: {
        parameters: {
            query?: {
                /** @description Of the provider */
                code?: string;
                /** @description What the browser went with */
                state?: string;
                /** @description Why there is no code */
                error?: string;
            };
        };
        responses: never;
    };
    postLogout: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Leaving"];
            };
        };
        responses: {
            /** @description Out */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getMe: {
        parameters: {
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
        };
    };
    getMeMails: {
        parameters: {
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MyMails"];
                };
            };
        };
    };
    putMeMails: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MailWishForm"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MyMails"];
                };
            };
        };
    };
    putMePassword: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Entered"];
                };
            };
        };
    };
    getMeProvider: {
        parameters: {
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MyProvider"];
                };
            };
        };
    };
    postMeProvider: {
        parameters: {
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GoThere"];
                };
            };
        };
    };
    deleteMeProvider: {
        parameters: {
        };
        responses: {
            /** @description Not connected any more */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getMeReminders: {
        parameters: {
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MyReminders"];
                };
            };
        };
    };
    getOrganizations: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                after?: string;
                /** @description Entries of a page, 1 to 500; 100 if absent */
                limit?: number;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisterPage"];
                };
            };
        };
    };
    postOrganizations: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrganizationForm"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisterEntry"];
                };
            };
        };
    };
    putOrganizationsId: {
        parameters: {
            path: {
                /** @description Organization id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrganizationForm"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisterEntry"];
                };
            };
        };
    };
    postOrganizationsIdCalendar: {
        parameters: {
            path: {
                /** @description Organization id */
                id: string;
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FeedAddress"];
                };
            };
        };
    };
    getOrganizationsIdDay: {
        parameters: {
            query?: {
                /** @description YYYY-MM-DD in the county's zone; today if absent */
                day?: string;
                /** @description `next` of the answer before */
                after?: string;
                /** @description `en` for the English names of people, rooms and terminals that have one */
                language?: string;
            };
            path: {
                /** @description Organization id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SiteDay"];
                };
            };
        };
    };
    getOrganizationsIdLine: {
        parameters: {
            path: {
                /** @description Organization id */
                id: string;
            };
        };
        responses: {
            /** @description Without bounds and prices where nothing is known of it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Line"];
                };
            };
        };
    };
    putOrganizationsIdLine: {
        parameters: {
            path: {
                /** @description Organization id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Line"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Line"];
                };
            };
        };
    };
    getOrganizationsIdReception: {
        parameters: {
            path: {
                /** @description Organization id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reception"];
                };
            };
        };
    };
    putOrganizationsIdReception: {
        parameters: {
            path: {
                /** @description Organization id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reception"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reception"];
                };
            };
        };
    };
    postPassword: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordByLink"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Entered"];
                };
            };
        };
    };
    getPeople: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                after?: string;
                /** @description Entries of a page, 1 to 500; 100 if absent */
                limit?: number;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisterPage"];
                };
            };
        };
    };
    postPeople: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PersonForm"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisterEntry"];
                };
            };
        };
    };
    putPeopleId: {
        parameters: {
            path: {
                /** @description Person id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PersonForm"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisterEntry"];
                };
            };
        };
    };
    getPeopleIdAssignments: {
        parameters: {
            path: {
                /** @description Person id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Assignments"];
                };
            };
        };
    };
    postPeopleIdAssignments: {
        parameters: {
            path: {
                /** @description Person id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAssignment"];
            };
        };
        responses: {
            /** @description All roles of the person */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Assignments"];
                };
            };
        };
    };
    deletePeopleIdAssignments: {
        parameters: {
            query: {
                /** @description The role */
                role: string;
                /** @description `county`, `home`, `area` or `site` */
                "scope-kind": string;
                /** @description The code of the area or the id of the organization */
                "scope-id"?: string;
                /** @description Why, for the log; at most 200 characters */
                reason?: string;
            };
            path: {
                /** @description Person id */
                id: string;
            };
        };
        responses: {
            /** @description The roles that are left */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Assignments"];
                };
            };
        };
    };
    getPeopleIdMinor: {
        parameters: {
            path: {
                /** @description Person id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MinorForm"];
                };
            };
        };
    };
    putPeopleIdMinor: {
        parameters: {
            path: {
                /** @description Person id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MinorForm"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MinorForm"];
                };
            };
        };
    };
    getPeopleIdReminders: {
        parameters: {
            path: {
                /** @description Person id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reach"];
                };
            };
        };
    };
    putPeopleIdReminders: {
        parameters: {
            path: {
                /** @description Person id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reach"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reach"];
                };
            };
        };
    };
    getRecordings: {
        parameters: {
            query?: {
                /** @description `next` of the answer before */
                after?: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListTicket"];
                };
            };
        };
    };
    postRecordingsIdDeletion: {
        parameters: {
            path: {
                /** @description Recording id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletionTicket"];
                };
            };
        };
    };
    postRecordingsIdTicket: {
        parameters: {
            path: {
                /** @description Recording id: session id, `-`, number of the take */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecordingTicket"];
                };
            };
        };
    };
    getRegisterEvents: {
        parameters: {
            query?: {
                /** @description `next` of the answer before; from the first event if absent */
                since?: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DoneList"];
                };
            };
        };
    };
    getReminders: {
        parameters: {
            query: {
                /** @description Organization id */
                site: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallList"];
                };
            };
        };
    };
    getRemindersSlips: {
        parameters: {
            query: {
                /** @description Organization id */
                site: string;
            };
        };
        responses: {
            /** @description To be sent to the printer as it is */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": number[];
                };
            };
        };
    };
    getRoles: {
        parameters: {
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoleTable"];
                };
            };
        };
    };
    getRooms: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                after?: string;
                /** @description Entries of a page, 1 to 500; 100 if absent */
                limit?: number;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisterPage"];
                };
            };
        };
    };
    postRooms: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RoomForm"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisterEntry"];
                };
            };
        };
    };
    putRoomsId: {
        parameters: {
            path: {
                /** @description Room id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RoomForm"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisterEntry"];
                };
            };
        };
    };
    getSchedule: {
        parameters: {
            query?: {
                /** @description Of this person; exactly one of the three is given */
                personId?: string;
                /** @description Of this room */
                roomId?: string;
                /** @description Of the people and rooms of this site */
                organizationId?: string;
                /** @description The first day, YYYY-MM-DD in the county's zone; today if absent */
                day?: string;
                /** @description How many, 1 to 31; 7 if absent */
                days?: number;
                /** @description `next` of the answer before */
                after?: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Week"];
                };
            };
        };
    };
    postSeries: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SeriesWish"];
            };
        };
        responses: {
            /** @description Booked, as far as nothing was in the way */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Series"];
                };
            };
        };
    };
    getSeriesId: {
        parameters: {
            path: {
                /** @description Series id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Series"];
                };
            };
        };
    };
    patchSeriesId: {
        parameters: {
            path: {
                /** @description Series id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SeriesChange"];
            };
        };
        responses: {
            /** @description Changed as far as nothing was in the way, or so already */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SeriesChanged"];
                };
            };
        };
    };
    postSeriesIdCancel: {
        parameters: {
            path: {
                /** @description Series id */
                id: string;
            };
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SeriesCancellation"] | null;
            };
        };
        responses: {
            /** @description What is left */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Series"];
                };
            };
        };
    };
    postSeriesIdOccurrencesNumberMakeUp: {
        parameters: {
            path: {
                /** @description Series id */
                id: string;
                /** @description Number of the occurrence, from 1 */
                number: number;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MakeUp"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Series"];
                };
            };
        };
    };
    postSeriesIdOccurrencesNumberWaive: {
        parameters: {
            path: {
                /** @description Series id */
                id: string;
                /** @description Number of the occurrence, from 1 */
                number: number;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Waiver"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Series"];
                };
            };
        };
    };
    getSessions: {
        parameters: {
            query?: {
                /** @description YYYY-MM-DD in the county's zone; today if absent */
                day?: string;
                /** @description `next` of the answer before */
                after?: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Day"];
                };
            };
        };
    };
    postSessions: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Wish"];
            };
        };
        responses: {
            /** @description Booked */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    postSessionsQuote: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Wish"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Quote"];
                };
            };
        };
    };
    getSessionsId: {
        parameters: {
            path: {
                /** @description Session id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    patchSessionsId: {
        parameters: {
            path: {
                /** @description Session id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Change"];
            };
        };
        responses: {
            /** @description Changed, or so already */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    postSessionsIdAcknowledgement: {
        parameters: {
            path: {
                /** @description Session id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Acknowledgement"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcknowledgedBy"];
                };
            };
        };
    };
    getSessionsIdAttendance: {
        parameters: {
            path: {
                /** @description Session id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClassAttendance"];
                };
            };
        };
    };
    postSessionsIdCancel: {
        parameters: {
            path: {
                /** @description Session id */
                id: string;
            };
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Cancellation"] | null;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    getSessionsIdCandidates: {
        parameters: {
            query?: {
                /** @description `specialist`, `village_doctor`, `lead_teacher` or `interpreter`; `specialist` if absent */
                role?: string;
                /** @description Part of the person's or the organization's name, at most 100 characters */
                text?: string;
            };
            path: {
                /** @description Session id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Candidates"];
                };
            };
        };
    };
    postSessionsIdEnd: {
        parameters: {
            path: {
                /** @description Session id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    getSessionsIdEvents: {
        parameters: {
            query?: {
                /** @description `next` of the answer before; from the first event if absent */
                since?: string;
            };
            path: {
                /** @description Session id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Events"];
                };
            };
        };
    };
    putSessionsIdGroupsSite: {
        parameters: {
            path: {
                /** @description Session id */
                id: string;
                /** @description Organization id of the place */
                site: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RosterForm"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClassAttendance"];
                };
            };
        };
    };
    getSessionsIdGuests: {
        parameters: {
            path: {
                /** @description Session id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Guests"];
                };
            };
        };
    };
    postSessionsIdGuests: {
        parameters: {
            path: {
                /** @description Session id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GuestWish"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GuestTicket"];
                };
            };
        };
    };
    deleteSessionsIdGuestsGuest: {
        parameters: {
            path: {
                /** @description Session id */
                id: string;
                /** @description Guest id */
                guest: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Guests"];
                };
            };
        };
    };
    putSessionsIdHeadcountsSite: {
        parameters: {
            path: {
                /** @description Session id */
                id: string;
                /** @description Organization id of the place */
                site: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HeadcountForm"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClassAttendance"];
                };
            };
        };
    };
    postSessionsIdJoin: {
        parameters: {
            path: {
                /** @description Session id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pass"];
                };
            };
        };
    };
    getSessionsIdMails: {
        parameters: {
            path: {
                /** @description Session id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionMails"];
                };
            };
        };
    };
    postSessionsIdParticipants: {
        parameters: {
            path: {
                /** @description Session id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AskedIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    getSessionsIdReceipts: {
        parameters: {
            query?: {
                /** @description `next` of the answer before */
                after?: string;
            };
            path: {
                /** @description Session id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Receipts"];
                };
            };
        };
    };
    postSetup: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCounty"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Entered"];
                };
            };
        };
    };
    postSlotsSearch: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SlotSearch"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SlotsFound"];
                };
            };
        };
    };
    getTerminals: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                after?: string;
                /** @description Entries of a page, 1 to 500; 100 if absent */
                limit?: number;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisterPage"];
                };
            };
        };
    };
    postTerminals: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TerminalForm"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisterEntry"];
                };
            };
        };
    };
    putTerminalsId: {
        parameters: {
            path: {
                /** @description Terminal id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TerminalForm"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisterEntry"];
                };
            };
        };
    };
    getTerminalsIdDevices: {
        parameters: {
            path: {
                /** @description Terminal id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TerminalDevices"];
                };
            };
        };
    };
    deleteTerminalsIdDevicesDevice: {
        parameters: {
            path: {
                /** @description Terminal id */
                id: string;
                /** @description Device id */
                device: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TerminalDevices"];
                };
            };
        };
    };
    postTerminalsIdPairing: {
        parameters: {
            path: {
                /** @description Terminal id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPairing"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PairingCode"];
                };
            };
        };
    };
    getWebhooks: {
        parameters: {
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhooks"];
                };
            };
        };
    };
    postWebhooks: {
        parameters: {
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewWebhook"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookSecret"];
                };
            };
        };
    };
    deleteWebhooksId: {
        parameters: {
            path: {
                /** @description Webhook id */
                id: string;
            };
        };
        responses: {
            /** @description Those that are left */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhooks"];
                };
            };
        };
    };
    patchWebhooksId: {
        parameters: {
            path: {
                /** @description Webhook id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
        };
    };
    getWebhooksIdDeliveries: {
        parameters: {
            path: {
                /** @description Webhook id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookTries"];
                };
            };
        };
    };
    postWebhooksIdReplay: {
        parameters: {
            path: {
                /** @description Webhook id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Replay"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
        };
    };
    postWebhooksIdSecret: {
        parameters: {
            path: {
                /** @description Webhook id */
                id: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Renewal"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookSecret"];
                };
            };
        };
    };
    postWebhooksIdTest: {
        parameters: {
            path: {
                /** @description Webhook id */
                id: string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookTry"];
                };
            };
        };
    };
}
