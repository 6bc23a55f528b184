//! The one program: it puts the rooms together, and nothing else does.
//!
//! `shanqiao all` runs gateway, recorder, scheduler and web client on one HTTP port and one media port; `shanqiao token`
//! makes a pass for a stock client; `shanqiao keys` rotates the keys; `shanqiao check` tells what would run.

mod all;
mod areas;
mod args;
mod certificate;
mod check;
mod config;
mod doors;
mod edge;
mod folder;
mod keys;
mod limiter;
mod listener;
mod log;
mod needs;
mod rooms;
mod say;
mod signals;
mod token;
mod web;

use std::process::ExitCode;

use args::{Areas, Arguments, Command};
use clap::Parser as _;
use config::Config;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command.unwrap_or(Command::All(arguments.all)) {
        Command::All(place) => Config::read(&place).and_then(|config| {
            log::start(&config)?;
            all::run(&config)
        }),
        Command::Check(place) => {
            Config::read(&place).and_then(|config| check::report(&config)).map(|it| say::line(&it))
        }
        Command::Assemble => {
            log::start_within();
            return if recorder::assemble() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
        Command::Token(asked) => token::make(&asked).map(|it| say::line(&it)),
        Command::Keys(asked) => keys::run(&asked).map(|it| say::line(&it)),
        Command::Areas(Areas::Import(asked)) => areas::import(&asked).map(|it| say::line(&it)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::fault(&error);
            ExitCode::FAILURE
        }
    }
}
