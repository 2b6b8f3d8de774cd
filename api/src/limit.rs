//! How often one address may open checkouts, and how often anybody may try to log in.
//!
//! Each may have a window's worth at once, and gets them back one by one (GCRA,
//! <https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm>). Counted in each process by itself.

use crate::{Api, envelope::ApiError, payments::Payments};
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};
use chrono::{DateTime, TimeDelta, Utc};
use std::{
    collections::HashMap,
    convert::Infallible,
    hash::Hash,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Most that are remembered of one kind: about a megabyte.
const KNOWN_MAX: usize = 10_000;
/// Where proxies write for whom they ask.
const FORWARDED: &str = "x-forwarded-for";
/// Whoever cannot be told apart is counted together.
const NOBODY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// Whom a request is counted against: an IPv4 address or, since that is what one customer has, the
/// first half of an IPv6 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Address(IpAddr);

impl Address {
    pub(crate) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = address.to_bits() & (u128::MAX << 64);
                Self(Ipv6Addr::from_bits(network).into())
            }
            address @ IpAddr::V4(_) => Self(address),
        }
    }
}

/// Whoever cannot be told apart is counted as the default of its kind.
impl Default for Address {
    fn default() -> Self {
        Self(NOBODY)
    }
}

/// Remembers by when each has its whole window back.
pub(crate) struct Limit<K> {
    at_once: i32,
    window: TimeDelta,
    whole_at: Mutex<HashMap<K, DateTime<Utc>>>,
}

impl<K: Copy + Default + Eq + Hash> Limit<K> {
    /// 0 lets everybody in.
    pub(crate) fn new(at_once: u32, window: TimeDelta) -> Self {
        let at_once = i32::try_from(at_once).unwrap_or(0);
        Self { at_once, window, whole_at: Mutex::new(HashMap::new()) }
    }

    /// Lets one in, or says how long it has to wait.
    pub(crate) fn admit(&self, who: K, now: DateTime<Utc>) -> Result<(), Duration> {
        if self.at_once == 0 {
            return Ok(());
        }
        let mut whole_at = self.whole_at.lock().unwrap_or_else(PoisonError::into_inner);
        let who = room_for(&mut whole_at, who, now);
        let known = whole_at.entry(who).or_insert(now);
        // A clock that is set back must not lock anybody out for longer than a window.
        let next = (*known).clamp(now, now + self.window) + self.window / self.at_once;
        if let Ok(wait) = (next - now - self.window).to_std()
            && !wait.is_zero()
        {
            return Err(wait);
        }
        *known = next;
        Ok(())
    }

    /// Gives back what one was let in for.
    pub(crate) fn give_back(&self, who: K) {
        if self.at_once == 0 {
            return;
        }
        let mut whole_at = self.whole_at.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = whole_at.get_mut(&who) {
            *at -= self.window / self.at_once;
        }
    }
}

/// Forgets whoever has their whole window back; when all places are taken even so, newcomers share one.
fn room_for<K: Copy + Default + Eq + Hash>(
    whole_at: &mut HashMap<K, DateTime<Utc>>,
    who: K,
    now: DateTime<Utc>,
) -> K {
    if whole_at.len() < KNOWN_MAX || whole_at.contains_key(&who) {
        return who;
    }
    whole_at.retain(|_, at| *at > now);
    if whole_at.len() < KNOWN_MAX { who } else { K::default() }
}

/// Where a request comes from.
pub(crate) struct Sender(pub(crate) Address);

impl FromRequestParts<Api> for Sender {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map_or(NOBODY, |peer| peer.0.ip());
        Ok(Self(Address::of(client(peer, &parts.headers, &api.payments))))
    }
}

/// Somebody who has not opened too many checkouts of late. Comes before the body is read.
pub(crate) struct Admitted;

impl FromRequestParts<Api> for Admitted {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        let Ok(Sender(client)) = Sender::from_request_parts(parts, api).await;
        match api.checkouts.admit(client, api.store.clock().now()) {
            Ok(()) => Ok(Self),
            Err(wait) => {
                let message =
                    "Too many checkouts were opened from your address. Wait a moment, then try again.";
                Err(ApiError::too_many(message, wait))
            }
        }
    }
}

/// Who asks: the nearest address that is no proxy of ours. What stands further left was written by
/// the client, and could be anything.
fn client(peer: IpAddr, headers: &HeaderMap, payments: &Payments) -> IpAddr {
    let forwarded: Vec<&str> =
        headers.get_all(FORWARDED).iter().filter_map(|value| value.to_str().ok()).collect();
    let forwarded = forwarded.join(",");
    let mut nearest = peer;
    for hop in forwarded.rsplit(',') {
        if !payments.trusts(nearest) {
            break;
        }
        let hop = hop.trim();
        let address = hop.parse().or_else(|_| hop.parse::<SocketAddr>().map(|address| address.ip()));
        let Ok(address) = address else { break };
        nearest = address;
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_767_225_600 + seconds, 0).unwrap()
    }

    fn address(text: &str) -> Address {
        Address::of(text.parse().unwrap())
    }

    #[test]
    fn an_address_has_a_minutes_worth_at_once_and_gets_them_back_one_by_one() {
        let limit = Limit::new(3, TimeDelta::minutes(1));
        let ann = address("192.0.2.1");
        for _ in 0..3 {
            assert_eq!(limit.admit(ann, at(0)), Ok(()));
        }
        assert_eq!(limit.admit(ann, at(0)), Err(Duration::from_secs(20)));
        assert_eq!(limit.admit(ann, at(15)), Err(Duration::from_secs(5)));
        assert_eq!(limit.admit(address("192.0.2.2"), at(15)), Ok(()));
        assert_eq!(limit.admit(ann, at(20)), Ok(()));
        assert!(limit.admit(ann, at(20)).is_err());
        assert_eq!(limit.admit(ann, at(200)), Ok(()));
    }

    #[test]
    fn what_was_given_back_counts_no_more() {
        let limit = Limit::new(2, TimeDelta::minutes(15));
        let ann = address("192.0.2.1");
        for _ in 0..10 {
            assert_eq!(limit.admit(ann, at(0)), Ok(()));
            limit.give_back(ann);
        }
        assert_eq!((limit.admit(ann, at(0)), limit.admit(ann, at(0))), (Ok(()), Ok(())));
        assert_eq!(limit.admit(ann, at(0)), Err(Duration::from_secs(450)));
        limit.give_back(address("192.0.2.2"));
        assert_eq!(limit.whole_at.lock().unwrap().len(), 1, "nobody is remembered for that");
    }

    #[test]
    fn none_is_no_limit() {
        let limit = Limit::new(0, TimeDelta::minutes(1));
        assert!((0..100).all(|_| limit.admit(address("192.0.2.1"), at(0)).is_ok()));
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out_for_long() {
        let limit = Limit::new(1, TimeDelta::minutes(1));
        let ann = address("192.0.2.1");
        assert_eq!(limit.admit(ann, at(86_400)), Ok(()));
        assert_eq!(limit.admit(ann, at(0)), Err(Duration::from_mins(1)));
    }

    #[test]
    fn memory_is_bounded_and_strangers_share_a_place_when_it_is_full() {
        let limit = Limit::new(1, TimeDelta::minutes(1));
        let many = u32::try_from(KNOWN_MAX).unwrap() + 100;
        let numbered = |number: u32| Address::of(Ipv4Addr::from_bits(0x0a00_0000 + number).into());
        let admitted = (0..many).filter(|number| limit.admit(numbered(*number), at(0)).is_ok()).count();
        assert_eq!(admitted, KNOWN_MAX + 1);
        assert_eq!(limit.whole_at.lock().unwrap().len(), KNOWN_MAX + 1);
        assert_eq!(limit.admit(numbered(many + 1), at(60)), Ok(()));
        assert_eq!(limit.whole_at.lock().unwrap().len(), 1);
    }

    #[test]
    fn a_customer_has_a_whole_network_of_new_addresses() {
        assert_eq!(address("2001:db8::1"), address("2001:db8::ffff:0:0:2"));
        assert_ne!(address("2001:db8::1"), address("2001:db8:0:1::1"));
        assert_eq!(address("::ffff:192.0.2.1"), address("192.0.2.1"));
    }
}
