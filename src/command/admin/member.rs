//! Members of staff, who log in to the console.

use super::{super::operator, PAGE_MAX, password};
use crate::boot::Failure;
use galley_domain::staff::{Login, Role};
use galley_store::{NewStaff, StaffMember, Store};

pub(super) async fn add(store: &Store, login: &Login, role: Role, from_stdin: bool) -> Result<(), Failure> {
    // Before anybody types a password for nothing.
    if store.find_staff(login).await?.is_some() {
        return Err(format!("there is a login `{login}` already").into());
    }
    let password_hash = password::ask(login, from_stdin)?;
    let new = NewStaff { login, role, password_hash: &password_hash };
    store.add_staff(new, &operator()).await?;
    println!("`{login}` may log in, as {role}.");
    Ok(())
}

pub(super) async fn list(store: &Store) -> Result<(), Failure> {
    let mut before = None;
    loop {
        let members = store.staff(before, PAGE_MAX).await?;
        if members.is_empty() && before.is_none() {
            println!("Nobody can log in yet. Add the first owner: galley admin add LOGIN --role owner");
        }
        for member in &members {
            let until = member.disabled_at.map(|at| format!(", disabled {}", at.format("%Y-%m-%d")));
            let since = member.created_at.format("%Y-%m-%d");
            println!("{:<24} {:<10} since {since}{}", member.login, member.role, until.unwrap_or_default());
        }
        let Some(last) = members.last() else { return Ok(()) };
        before = Some(last.id);
    }
}

pub(super) async fn role(store: &Store, login: &Login, role: Role) -> Result<(), Failure> {
    let member = find(store, login).await?;
    store.change_staff_role(member.id, role, &operator()).await?;
    println!("`{login}` is {role}.");
    Ok(())
}

pub(super) async fn password(store: &Store, login: &Login, from_stdin: bool) -> Result<(), Failure> {
    let member = find(store, login).await?;
    let password_hash = password::ask(login, from_stdin)?;
    store.change_staff_password(member.id, None, &password_hash, &operator()).await?;
    println!("`{login}` has a new password.");
    Ok(())
}

pub(super) async fn disable(store: &Store, login: &Login) -> Result<(), Failure> {
    let member = find(store, login).await?;
    store.disable_staff(member.id, &operator()).await?;
    println!("`{login}` cannot log in any more.");
    Ok(())
}

pub(super) async fn enable(store: &Store, login: &Login) -> Result<(), Failure> {
    let member = find(store, login).await?;
    store.enable_staff(member.id, &operator()).await?;
    println!("`{login}` can log in again.");
    Ok(())
}

async fn find(store: &Store, login: &Login) -> Result<StaffMember, Failure> {
    Ok(store.find_staff(login).await?.ok_or_else(|| format!("there is no login `{login}`"))?)
}
