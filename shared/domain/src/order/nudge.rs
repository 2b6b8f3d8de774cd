//! What happens to an order whose customer does not act.
//!
//! It waits through three stages, each as long as the shop decided: two end with a reminder, the last
//! with the order going to the editor by itself. What is switched off is waited for all the same, so
//! that switching it on again says something about the orders that have not come so far. Whatever the
//! customer does starts it all over.

use crate::settings::ShopSettings;

/// What is to be done at the end of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nudge {
    /// Write to the customer.
    Remind,
    /// Hand the order in.
    Submit,
    /// Nothing that anybody would see.
    Wait,
}

/// How long the first stage lasts, in days.
pub const fn first_wait_days(settings: &ShopSettings) -> u16 {
    settings.reminders.first_days
}

/// What to do with an order at the end of its `stage`, counted from 0, and for how many days it is
/// left alone after that; `None` for ever.
pub fn nudge(settings: &ShopSettings, stage: i32, all_passed: bool) -> (Nudge, Option<u16>) {
    let reminder = if settings.reminders.enabled { Nudge::Remind } else { Nudge::Wait };
    match stage {
        0 => (reminder, Some(settings.reminders.second_days.saturating_sub(settings.reminders.first_days))),
        1 => (reminder, Some(settings.auto_submit.after_days.saturating_sub(settings.reminders.second_days))),
        2 if settings.auto_submit.enabled && all_passed => (Nudge::Submit, None),
        _ => (Nudge::Wait, None),
    }
}

/// In how many days an order goes to the editor by itself, as things stand at the end of its `stage`;
/// `None` if it does not.
pub fn days_until_submitted(settings: &ShopSettings, stage: i32, all_passed: bool) -> Option<u16> {
    let reminders = settings.reminders;
    let gone = if stage == 0 { reminders.first_days } else { reminders.second_days };
    let submits = settings.auto_submit.enabled && all_passed && stage < 2;
    submits.then(|| settings.auto_submit.after_days.saturating_sub(gone))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_two_reminders_and_then_it_goes_to_the_editor() {
        let settings = ShopSettings::default();
        let stages = (0..5).map(|stage| nudge(&settings, stage, true)).collect::<Vec<_>>();
        let never = (Nudge::Wait, None);
        assert_eq!(
            stages,
            [(Nudge::Remind, Some(4)), (Nudge::Remind, Some(7)), (Nudge::Submit, None), never, never]
        );
        assert_eq!(first_wait_days(&settings), 3);
        let told = [0, 1, 2].map(|stage| days_until_submitted(&settings, stage, true));
        assert_eq!(told, [Some(11), Some(7), None]);
    }

    #[test]
    fn what_did_not_pass_or_is_switched_off_stays_where_it_is() {
        let mut settings = ShopSettings::default();
        assert_eq!(nudge(&settings, 2, false), (Nudge::Wait, None));
        assert_eq!(days_until_submitted(&settings, 0, false), None);
        settings.auto_submit.enabled = false;
        settings.reminders.enabled = false;
        let stages = [0, 1, 2].map(|stage| nudge(&settings, stage, true));
        assert_eq!(stages, [(Nudge::Wait, Some(4)), (Nudge::Wait, Some(7)), (Nudge::Wait, None)]);
        assert_eq!(days_until_submitted(&settings, 1, true), None);
    }
}
