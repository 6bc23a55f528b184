//! What a patient consents to, in which words, and who says so.

use alloc::vec::Vec;

use crate::fault::Fault;
use crate::request::{Limits, check_line};
use crate::words::{ConsentForm, ConsentGiver, ConsentPurpose};

/// What is read to the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsentText {
    /// Kept with each consent; another text has another one.
    pub id: &'static str,
    /// In Chinese.
    pub zh: &'static str,
    /// In English.
    pub en: &'static str,
}

/// The text of a purpose. Each purpose has its own, and none of them is asked for to get the other one.
#[must_use]
pub const fn consent_text(purpose: ConsentPurpose) -> ConsentText {
    match purpose {
        ConsentPurpose::Consultation => ConsentText {
            id: "consultation-1",
            zh: "您的医生将通过音视频请外院医生会诊。外院医生会看到您的病情资料，给出咨询意见；诊断和治疗仍由您的医生决定。费用如下所列。您可以不同意，也可以随时撤回，不影响在本地继续看病。",
            en: "Your doctor will consult doctors of another hospital by sound and picture. They will see what is written about your illness and give their opinion; your own doctor decides about diagnosis and treatment. The fee is as stated below. You may say no, and you may withdraw at any time; you will be treated here all the same.",
        },
        ConsentPurpose::Recording => ConsentText {
            id: "recording-1",
            zh: "会诊过程将录音录像，随病历保存，只有参与诊治的医生可以查看，不会公开，也不用于教学和研究。您可以不同意录制，会诊照常进行；也可以随时撤回。",
            en: "Sound and picture of the consultation will be recorded and kept with your record. Only the doctors who treat you see it; it is not published, and not used for teaching or research. You may say no to the recording alone, and you may withdraw at any time.",
        },
    }
}

/// A consent to be noted; the form and the language are words of closed lists and need no check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewConsent<'a> {
    /// What for.
    pub purpose: ConsentPurpose,
    /// Who consents.
    pub giver: ConsentGiver,
    /// The name of a guardian or relative; empty for the patient.
    pub name: &'a str,
    /// How it is given.
    pub form: ConsentForm,
    /// The name of who heard it; empty for what is on paper.
    pub witness: &'a str,
    /// What the consultation costs the patient, as it was told; empty for a recording.
    pub fee: &'a str,
}

/// Whether everything is said that a consent needs, or everything that is missing (never empty).
pub fn check_consent(new: &NewConsent<'_>, limits: &Limits) -> Result<(), Vec<Fault>> {
    let mut faults = Vec::new();
    let (name_max, line_max) = (limits.name_chars_max, limits.line_chars_max);
    let lines = [
        ("name", new.name, name_max, new.giver != ConsentGiver::Patient),
        ("witness", new.witness, name_max, new.form == ConsentForm::Spoken),
        ("fee", new.fee, line_max, new.purpose == ConsentPurpose::Consultation),
    ];
    for (field, text, most, needed) in lines {
        if needed || !text.is_empty() {
            faults.extend(check_line(field, text, most).err());
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BY_HAND: NewConsent<'static> = NewConsent {
        purpose: ConsentPurpose::Consultation,
        giver: ConsentGiver::Patient,
        name: "",
        form: ConsentForm::Signed,
        witness: "",
        fee: "免费",
    };

    fn missing(new: NewConsent<'_>) -> Vec<&'static str> {
        let faults = check_consent(&new, &Limits::USUAL).err().unwrap_or_default();
        faults.into_iter().map(Fault::field).collect()
    }

    #[test]
    fn a_patient_who_signs_says_nothing_more() {
        assert_eq!(missing(BY_HAND), [""; 0]);
    }

    #[test]
    fn who_consents_for_a_patient_has_a_name_and_words_have_a_witness() {
        let spoken =
            NewConsent { giver: ConsentGiver::Guardian, form: ConsentForm::Spoken, ..BY_HAND };
        assert_eq!(missing(spoken), ["name", "witness"]);
        let long = "名".repeat(61);
        assert_eq!(missing(NewConsent { name: &long, witness: "王护士", ..spoken }), ["name"]);
        assert_eq!(missing(NewConsent { witness: &long, ..BY_HAND }), ["witness"], "asked or not");
        assert_eq!(missing(NewConsent { name: "多吉", witness: "王护士", ..spoken }), [""; 0]);
    }

    #[test]
    fn the_fee_is_told_before_a_consultation_and_not_asked_of_a_recording() {
        assert_eq!(missing(NewConsent { fee: " ", ..BY_HAND }), ["fee"]);
        let recording = NewConsent { purpose: ConsentPurpose::Recording, fee: "", ..BY_HAND };
        assert_eq!(missing(recording), [""; 0]);
    }

    #[test]
    fn every_purpose_has_a_text_of_its_own() {
        let texts: Vec<ConsentText> =
            ConsentPurpose::ALL.iter().map(|purpose| consent_text(*purpose)).collect();
        for (nth, one) in texts.iter().enumerate() {
            assert!(!one.zh.is_empty() && !one.en.is_empty());
            assert!(texts.iter().skip(nth + 1).all(|other| other.id != one.id));
        }
    }
}
