//! Reading the environment: every problem is collected, none stops the reading.

use galley_integrations::secret::Secret;
use std::{collections::HashMap, fmt::Display, str::FromStr};
use url::Url;

/// What is wrong with one variable.
#[derive(Debug)]
pub(crate) struct Problem {
    variable: String,
    message: String,
}

/// All that is wrong, to be told at once.
#[derive(Debug)]
pub(crate) struct Problems(pub(crate) Vec<Problem>);

impl std::error::Error for Problems {}

impl Display for Problems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "the configuration is not right:")?;
        for problem in &self.0 {
            writeln!(f, "  {}: {}", problem.variable, problem.message)?;
        }
        Ok(())
    }
}

/// The variables of the environment and of `.env`, and what was found wrong with them.
pub(crate) struct Environment {
    variables: HashMap<String, String>,
    problems: Vec<Problem>,
}

impl Environment {
    /// The process's own environment; `.env` fills in what it leaves open.
    pub(crate) fn of_process() -> Self {
        let mut variables: HashMap<String, String> = HashMap::new();
        if let Ok(file) = dotenvy::dotenv_iter() {
            variables.extend(file.flatten());
        }
        variables.extend(std::env::vars());
        Self::new(variables)
    }

    pub(crate) fn new(variables: HashMap<String, String>) -> Self {
        Self { variables, problems: Vec::new() }
    }

    pub(crate) fn wrong(&mut self, variable: &str, message: impl Into<String>) {
        self.problems.push(Problem { variable: variable.to_owned(), message: message.into() });
    }

    pub(crate) fn finish<T>(self, value: T) -> Result<T, Problems> {
        if self.problems.is_empty() { Ok(value) } else { Err(Problems(self.problems)) }
    }

    /// A variable's text; empty counts as not set.
    pub(crate) fn text(&self, variable: &str) -> Option<String> {
        self.variables.get(variable).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// A parsed variable, or its default; what cannot be parsed is a problem.
    pub(crate) fn parse<T: FromStr>(&mut self, variable: &str, expected: &str, default: T) -> T {
        let Some(text) = self.text(variable) else { return default };
        text.parse().unwrap_or_else(|_| {
            self.wrong(variable, format!("`{text}` is not {expected}"));
            default
        })
    }

    /// An http or https address; anything else is a problem.
    pub(crate) fn url(&mut self, variable: &str) -> Option<Url> {
        let text = self.text(variable)?;
        match Url::parse(&text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Some(url),
            _ => {
                self.wrong(variable, format!("`{text}` is no http or https address"));
                None
            }
        }
    }

    /// A secret, from the variable itself or from the file that `VARIABLE_FILE` names.
    pub(crate) fn secret(&mut self, variable: &str) -> Option<Secret> {
        let file_variable = format!("{variable}_FILE");
        match (self.text(variable), self.text(&file_variable)) {
            (Some(_), Some(_)) => {
                self.wrong(variable, format!("is set, and so is {file_variable}; keep one"));
                None
            }
            (Some(text), None) => Some(Secret::new(text)),
            (None, Some(path)) => match std::fs::read_to_string(&path) {
                Ok(text) => Some(Secret::new(text.trim())).filter(|secret| !secret.is_empty()),
                Err(error) => {
                    self.wrong(&file_variable, format!("{path} cannot be read: {error}"));
                    None
                }
            },
            (None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        Environment::new(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn every_problem_is_told_with_the_name_of_its_variable() {
        let mut environment =
            environment(&[("PORT", "eighty"), ("KEY_FILE", "/nowhere/key"), ("EMPTY", " ")]);
        assert_eq!(environment.parse("PORT", "a number", 80_u16), 80);
        assert!(environment.secret("KEY").is_none());
        assert_eq!(environment.text("EMPTY"), None);
        let problems = environment.finish(()).unwrap_err().to_string();
        assert!(problems.contains("PORT: `eighty` is not a number"), "{problems}");
        assert!(problems.contains("KEY_FILE: /nowhere/key cannot be read"), "{problems}");
    }
}
