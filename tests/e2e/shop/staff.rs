//! Members of staff who log in.

use super::{Output, SOON, Shop, within};
use reqwest::{
    Client,
    header::{CONTENT_TYPE, COOKIE, HeaderMap, ORIGIN, SET_COOKIE},
    redirect::Policy,
};
use std::process::Stdio;
use tokio::io::AsyncWriteExt as _;
use url::form_urlencoded::Serializer;

/// Everybody's.
pub(crate) const PASSWORD: &str = "the blue kettle sings";

impl Shop {
    /// Runs one of the operator's commands, which reads this.
    pub(crate) async fn galley_reading(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = tokio::process::Command::from(self.command(arguments));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        // One that refuses before it reads has closed its end.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes()).await;
        let output = within("a command ends", SOON, child.wait_with_output()).await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Output { success: output.status.success(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Lets somebody log in, with [`PASSWORD`].
    pub(crate) async fn staff_member(&self, login: &str, role: &str) {
        let arguments = ["admin", "add", login, "--role", role, "--password-stdin"];
        let added = self.galley_reading(&arguments, &format!("{PASSWORD}\n")).await;
        assert!(added.success, "{added:?}");
    }

    /// What a browser sends for whoever has just logged in, from a page of ours.
    pub(crate) async fn log_in(&self, login: &str) -> HeaderMap {
        let sent = Serializer::new(String::new())
            .append_pair("login", login)
            .append_pair("password", PASSWORD)
            .finish();
        // The answer leads to the console; its cookie is what counts.
        let browser = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        let request = browser.post(format!("{}/admin/login", self.origin())).body(sent);
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = request.header(ORIGIN, self.origin()).send().await.unwrap();
        assert_eq!(answer.status(), 303, "{login} cannot log in: {}", answer.text().await.unwrap());
        let cookie = answer.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap();
        HeaderMap::from_iter([(COOKIE, cookie.parse().unwrap()), (ORIGIN, self.origin().parse().unwrap())])
    }

    /// A command line that is typed at a terminal.
    pub(crate) fn in_terminal(&self, line: &str) -> tokio::process::Command {
        let mut command = tokio::process::Command::new("script");
        command.args(["-qec", line, "/dev/null"]).env_clear().envs(&self.environment);
        command.env("PATH", "/usr/bin:/bin").current_dir(self.path("."));
        command
    }

    /// Of our own pages.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.environment["BIND_ADDR"])
    }
}
