//! The closed lists: standing roles and permissions.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

/// A word that is in none of the lists.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// What a person is in the county, as long as an administrator says so. What one is in a session is another list.
    StandingRole {
        /// Keeps the program: places, people, lines, holidays. Reads no content.
        Administrator = "administrator",
        /// Keeps keys and accounts, gives and takes roles.
        SecurityAdministrator = "security_administrator",
        /// Reads the log of who read what, and nothing else of a person.
        Auditor = "auditor",
        /// Watches over the county's health sites.
        HealthSupervisor = "health_supervisor",
        /// Watches over the county's schools.
        EducationSupervisor = "education_supervisor",
        /// Books.
        Scheduler = "scheduler",
        /// The invited doctor.
        Specialist = "specialist",
        /// The inviting doctor, in a township or a village.
        VillageDoctor = "village_doctor",
        /// Gives classes.
        LeadTeacher = "lead_teacher",
        /// A village classroom with its local teacher.
        Classroom = "classroom",
        /// Calls the people of a village to what is for them.
        VillageLeader = "village_leader",
        /// A villager, a pupil, a guardian.
        Villager = "villager",
        /// Speaks for others in a session.
        Interpreter = "interpreter",
        /// Helps out beside a teacher or a doctor.
        Volunteer = "volunteer",
    }
}

words! {
    /// What can be done.
    Permission {
        /// Read sums over many, never of fewer than five.
        ReadSums = "read-sums",
        /// Read who meets whom, when and where, without what for.
        ReadSchedule = "read-schedule",
        /// Book, change and cancel sessions, and what they are booked by.
        Book = "book",
        /// Read what a consultation says of a patient.
        ReadClinical = "read-clinical",
        /// Write it.
        WriteClinical = "write-clinical",
        /// Give a class: lead it, mute, pause and end it.
        Teach = "teach",
        /// Speak for others in a session.
        Interpret = "interpret",
        /// Keep the list of those who are called to a session.
        KeepCallList = "keep-call-list",
        /// Read one's own record.
        ReadOwnRecord = "read-own-record",
        /// Give and withdraw one's own consent.
        Consent = "consent",
        /// Come in by one's own ticket.
        UseTicket = "use-ticket",
        /// Keep one's own pledges of help.
        Pledge = "pledge",
        /// Keep places, people, lines and holidays.
        Configure = "configure",
        /// Bring devices of terminals in, and let them in no more.
        PairDevices = "pair-devices",
        /// Keep a township's node.
        KeepNode = "keep-node",
        /// Keep keys and accounts.
        KeepKeys = "keep-keys",
        /// Give and take roles.
        GiveRoles = "give-roles",
        /// Read who read what.
        ReadAudit = "read-audit",
    }
}

impl StandingRole {
    /// Whether who holds it answers for minors who are in a room with others.
    #[must_use]
    pub const fn answers_for_minors(self) -> bool {
        !matches!(self, Self::VillageLeader | Self::Villager | Self::Volunteer)
    }
}
