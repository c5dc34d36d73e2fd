//! The secrets of the links that a command sends: made when it runs, so that nothing that is kept of it opens anything.

use super::{Command, fresh_token};
use crate::domain::record::OfferKey;
use crate::domain::token::{Token, TokenHash};

impl Command {
    /// The same with a new secret for each link that it sends, and these secrets.
    ///
    /// # Errors
    /// That the system has no random bits to give.
    pub fn with_secrets(mut self) -> anyhow::Result<(Command, Vec<Token>)> {
        let make = |hash: &mut TokenHash| {
            let token = fresh_token()?;
            *hash = token.hash();
            Ok(token)
        };
        let tokens = self.links().into_iter().map(make).collect::<anyhow::Result<_>>()?;
        Ok((self, tokens))
    }

    fn links(&mut self) -> Vec<&mut TokenHash> {
        match self {
            Command::Invite(record) => vec![&mut record.token],
            Command::HandOver(record) => vec![&mut record.token],
            Command::Approve { token, .. } => vec![token],
            Command::Resend { offer: OfferKey::Invitation(_) | OfferKey::Handover(_), token, .. } => vec![token.get_or_insert_default()],
            Command::Batch(steps) => steps.iter_mut().flat_map(Command::links).collect(),
            Command::Resend { offer: OfferKey::Request(_), .. }
            | Command::Init(_)
            | Command::Ceiling(_)
            | Command::Add(_)
            | Command::Edit { .. }
            | Command::Remove(_)
            | Command::Toggle { .. }
            | Command::Duplicate { .. }
            | Command::Ask(_)
            | Command::Cancel(_)
            | Command::Decline(_)
            | Command::Accept { .. }
            | Command::Reclaim { .. }
            | Command::Leave { .. }
            | Command::Expel { .. }
            | Command::Offboard { .. }
            | Command::Retire { .. }
            | Command::StartReview(_)
            | Command::Decide { .. }
            | Command::FinishReview(_)
            | Command::Bind { .. }
            | Command::Unbind { .. }
            | Command::Declare { .. }
            | Command::Undo(_)
            | Command::Redo(_)
            | Command::Import { .. } => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_link_of_a_step_has_a_secret_of_its_own_and_a_new_one_each_time() {
        let step = r#"{"batch":[
            {"invite":{"email":"a@acme.example","level":"site","roles":["blog-writer"],"scopes":[{"site":"acme"}]}},
            {"batch":[{"hand-over":{"site":"acme","kind":"transfer","email":"b@acme.example"}}]},
            {"approve":{"request":1,"site":"acme","roles":[],"wider":false}},
            {"resend":{"offer":{"invitation":1},"seen":1}},
            {"resend":{"offer":{"request":1},"seen":1}}]}"#;
        let step: Command = serde_json::from_str(step).unwrap();
        let (once, mut tokens) = step.clone().with_secrets().unwrap();
        let (again, others) = once.clone().with_secrets().unwrap();
        tokens.extend(others);
        let mut hashes: Vec<[u8; 32]> = tokens.iter().map(|it| it.hash().0).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!((tokens.len(), hashes.len()), (8, 8));
        for (command, tokens) in [(once, &tokens[..4]), (again, &tokens[4..])] {
            let written = serde_json::to_string(&command).unwrap();
            assert!(tokens.iter().all(|it| written.contains(&it.hash().to_string()) && !written.contains(&it.reveal())));
        }
    }
}
