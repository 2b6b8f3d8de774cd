//! How often one address may open checkouts.
//!
//! Each address may have a minute's worth at once, and gets them back one by one (GCRA,
//! <https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm>). Counted in each process by itself.

use crate::{Api, envelope::ApiError, payments::Payments};
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};
use chrono::{DateTime, TimeDelta, Utc};
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Most addresses that are remembered: about a megabyte.
const ADDRESSES_MAX: usize = 10_000;
const MINUTE: TimeDelta = TimeDelta::minutes(1);
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

/// Remembers by when each address has its whole minute back.
pub(crate) struct Limit {
    per_minute: u32,
    whole_at: Mutex<HashMap<Address, DateTime<Utc>>>,
}

impl Limit {
    /// 0 lets everybody in.
    pub(crate) fn new(per_minute: u32) -> Self {
        Self { per_minute, whole_at: Mutex::new(HashMap::new()) }
    }

    /// Lets an address in, or says how long it has to wait.
    pub(crate) fn admit(&self, address: Address, now: DateTime<Utc>) -> Result<(), Duration> {
        let Ok(per_minute) = i32::try_from(self.per_minute) else { return Ok(()) };
        if per_minute == 0 {
            return Ok(());
        }
        let mut whole_at = self.whole_at.lock().unwrap_or_else(PoisonError::into_inner);
        let address = room_for(&mut whole_at, address, now);
        let known = whole_at.entry(address).or_insert(now);
        // A clock that is set back must not lock anybody out for longer than a minute.
        let next = (*known).clamp(now, now + MINUTE) + MINUTE / per_minute;
        if let Ok(wait) = (next - now - MINUTE).to_std()
            && !wait.is_zero()
        {
            return Err(wait);
        }
        *known = next;
        Ok(())
    }
}

/// Forgets whoever has their whole minute back; when all places are taken even so, newcomers share one.
fn room_for(whole_at: &mut HashMap<Address, DateTime<Utc>>, address: Address, now: DateTime<Utc>) -> Address {
    if whole_at.len() < ADDRESSES_MAX || whole_at.contains_key(&address) {
        return address;
    }
    whole_at.retain(|_, at| *at > now);
    if whole_at.len() < ADDRESSES_MAX { address } else { Address::of(NOBODY) }
}

/// Somebody who has not opened too many checkouts of late. Comes before the body is read.
pub(crate) struct Admitted;

impl FromRequestParts<Api> for Admitted {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map_or(NOBODY, |peer| peer.0.ip());
        let client = client(peer, &parts.headers, &api.payments);
        match api.checkouts.admit(Address::of(client), api.store.clock().now()) {
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
        let limit = Limit::new(3);
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
    fn none_is_no_limit() {
        let limit = Limit::new(0);
        assert!((0..100).all(|_| limit.admit(address("192.0.2.1"), at(0)).is_ok()));
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out_for_long() {
        let limit = Limit::new(1);
        let ann = address("192.0.2.1");
        assert_eq!(limit.admit(ann, at(86_400)), Ok(()));
        assert_eq!(limit.admit(ann, at(0)), Err(Duration::from_mins(1)));
    }

    #[test]
    fn memory_is_bounded_and_strangers_share_a_place_when_it_is_full() {
        let limit = Limit::new(1);
        let many = u32::try_from(ADDRESSES_MAX).unwrap() + 100;
        let numbered = |number: u32| Address::of(Ipv4Addr::from_bits(0x0a00_0000 + number).into());
        let admitted = (0..many).filter(|number| limit.admit(numbered(*number), at(0)).is_ok()).count();
        assert_eq!(admitted, ADDRESSES_MAX + 1);
        assert_eq!(limit.whole_at.lock().unwrap().len(), ADDRESSES_MAX + 1);
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
