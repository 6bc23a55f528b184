//! The closed lists.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

/// A word that is in none of the lists.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no word of the list")]
pub struct UnknownWord(pub String);

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$item_doc])* $item,)*
        }

        impl $name {
            /// Every word of the list, in its order.
            pub const ALL: &'static [Self] = &[$(Self::$item),*];

            /// The word as it stands in JSON and in the store.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$item => $word,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$item),)*
                    other => Err(UnknownWord(other.into())),
                }
            }
        }
    };
}

words! {
    /// How far a case has come.
    State {
        /// The inviting side asks for a consultation.
        Requested = "requested",
        /// A scheduler has invited doctors; none has accepted yet.
        Triaged = "triaged",
        /// At least one invited doctor has accepted.
        Accepted = "accepted",
        /// All invited doctors have declined; others can be invited.
        Declined = "declined",
        /// An invited doctor has said that another specialty is needed.
        Redirected = "redirected",
        /// A session is booked for it.
        Scheduled = "scheduled",
        /// At least one opinion is signed.
        Documented = "documented",
        /// The inviting side has decided, and nothing is open.
        Closed = "closed",
        /// Given up before an opinion was signed.
        Cancelled = "cancelled",
    }
}

words! {
    /// What can be done with a case.
    StepKind {
        /// To add a material.
        Add = "add",
        /// To take a material out.
        Remove = "remove",
        /// To invite doctors, and to say how urgent the case is.
        Triage = "triage",
        /// To accept an invitation.
        Accept = "accept",
        /// To decline an invitation.
        Decline = "decline",
        /// To say that another specialty is needed.
        Redirect = "redirect",
        /// To book a session for the case.
        Schedule = "schedule",
        /// To attest who the patient is, as the session of the case begins.
        CheckIn = "check-in",
        /// To note a consent of the patient.
        Consent = "consent",
        /// To note that a consent is withdrawn.
        Withdraw = "withdraw",
        /// To sign an opinion, or a new version of it.
        Sign = "sign",
        /// To say what is adopted of the latest opinion.
        Decide = "decide",
        /// To close the case.
        Close = "close",
        /// To give the case up.
        Cancel = "cancel",
    }
}

words! {
    /// What an invited doctor answers.
    Reply {
        /// Takes the case.
        Accept = "accept",
        /// Does not.
        Decline = "decline",
        /// Another specialty is needed.
        Redirect = "redirect",
    }
}

words! {
    /// What a patient consents to; each of them alone.
    ConsentPurpose {
        /// To be shown and talked about with doctors of other places, by sound and picture.
        Consultation = "consultation",
        /// That it is recorded.
        Recording = "recording",
    }
}

words! {
    /// Who consents.
    ConsentGiver {
        /// The patient.
        Patient = "patient",
        /// Who has the custody of the patient.
        Guardian = "guardian",
        /// A near relative, where it would harm the patient to be told.
        Relative = "relative",
    }
}

words! {
    /// How a consent is given.
    ConsentForm {
        /// On paper.
        Signed = "signed",
        /// On paper, by who does not write.
        Thumbprint = "thumbprint",
        /// In words, before a witness.
        Spoken = "spoken",
    }
}

words! {
    /// How an invitation stands.
    Invitation {
        /// Not answered yet.
        Open = "open",
        /// The doctor takes part.
        Accepted = "accepted",
        /// The doctor does not.
        Declined = "declined",
    }
}

words! {
    /// How soon the consultation is needed.
    Urgency {
        /// When there is time.
        Routine = "routine",
        /// Within a day.
        Soon = "soon",
        /// At once.
        Urgent = "urgent",
    }
}

words! {
    /// Sex of a patient, as registered.
    Sex {
        /// 女
        Female = "female",
        /// 男
        Male = "male",
        /// Not known, or not stated.
        Unknown = "unknown",
    }
}

words! {
    /// How far an agreement has come.
    AgreementState {
        /// Written, and not in force.
        Draft = "draft",
        /// In force from its first day to its last one.
        Signed = "signed",
        /// Not in force for now.
        Suspended = "suspended",
        /// Over for good, whatever its last day says.
        Ended = "ended",
    }
}

words! {
    /// What can be done with an agreement.
    AgreementStep {
        /// Both sides have signed it.
        Sign = "sign",
        /// Not to be used for now.
        Suspend = "suspend",
        /// To be used again.
        Resume = "resume",
        /// To end it.
        End = "end",
    }
}

words! {
    /// What a material shows.
    MaterialKind {
        /// Taken with a camera.
        Photo = "photo",
        /// An electrocardiogram, as a picture or a document.
        Ecg = "ecg",
        /// A key image of a study, as a picture or in DICOM.
        Image = "image",
        /// A report, a laboratory sheet, a letter.
        Document = "document",
    }
}

words! {
    /// The two files of a material.
    MaterialPart {
        /// A small picture of it, which comes first.
        Preview = "preview",
        /// The file itself.
        Original = "original",
    }
}

words! {
    /// What a file of a material is.
    MediaType {
        /// A picture.
        Jpeg = "image/jpeg",
        /// A picture.
        Png = "image/png",
        /// A picture.
        Webp = "image/webp",
        /// A document.
        Pdf = "application/pdf",
        /// An image of a study (DICOM part 10).
        Dicom = "application/dicom",
    }
}

words! {
    /// What the inviting side adopts of an opinion.
    Verdict {
        /// All of it.
        Adopted = "adopted",
        /// A part of it.
        Partly = "partly",
        /// Nothing of it.
        Not = "not",
    }
}

words! {
    /// The least professional title that the invited doctor is to have.
    Title {
        /// Whoever practises.
        Any = "any",
        /// 主治医师
        Attending = "attending",
        /// 副主任医师
        AssociateChief = "associate_chief",
        /// 主任医师
        Chief = "chief",
    }
}

words! {
    /// Clinical departments (医疗机构诊疗科目名录), as far as they are asked for consultations.
    Specialty {
        /// 全科医疗科
        General = "general",
        /// 内科
        Internal = "internal",
        /// 外科
        Surgery = "surgery",
        /// 妇产科
        Obstetrics = "obstetrics",
        /// 儿科
        Pediatrics = "pediatrics",
        /// 眼科
        Ophthalmology = "ophthalmology",
        /// 耳鼻咽喉科
        Otolaryngology = "otolaryngology",
        /// 口腔科
        Stomatology = "stomatology",
        /// 皮肤科
        Dermatology = "dermatology",
        /// 精神科
        Psychiatry = "psychiatry",
        /// 传染科
        Infectious = "infectious",
        /// 肿瘤科
        Oncology = "oncology",
        /// 急诊医学科
        Emergency = "emergency",
        /// 康复医学科
        Rehabilitation = "rehabilitation",
        /// 医学影像科
        Imaging = "imaging",
        /// 中医科
        ChineseMedicine = "chinese_medicine",
    }
}
