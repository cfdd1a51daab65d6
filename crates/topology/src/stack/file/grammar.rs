//! Reading TOML values by key and type, with the line of everything that is read.

use std::collections::BTreeMap;

use toml_edit::{Item, Table, TableLike, Value};

use crate::stack::problem::{Fault, Report};

pub(super) struct Reader<'text> {
    pub text: &'text str,
    pub report: Report,
}

/// One table of the file, and its path.
pub(super) struct Section<'document> {
    /// Empty for the file itself.
    path: String,
    pub table: &'document dyn TableLike,
}

/// The line of byte `offset`, from 1.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

impl<'document> Section<'document> {
    pub fn root(table: &'document Table) -> Self {
        Self { path: String::new(), table }
    }

    pub fn field(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// What the table is called in sentences.
    fn called(&self) -> String {
        match self.path.split('.').collect::<Vec<_>>().as_slice() {
            [""] => "the stack file".into(),
            ["services", name] => format!("the service `{name}`"),
            _ => format!("`{}`", self.path),
        }
    }
}

impl Reader<'_> {
    pub fn unreadable(&mut self, field: &str, wrong: impl Into<String>, right: impl Into<String>) {
        self.report.unreadable(field, Fault::new(wrong, right));
    }

    /// Notes the line of every key, and reports those that are not `known`. Returns the known keys that were
    /// probably meant by them, so that nobody reports these as missing.
    pub fn keys(&mut self, section: &Section<'_>, known: &[&str]) -> Vec<String> {
        let mut meant = Vec::new();
        let keys: Vec<String> = section.table.iter().map(|(key, _)| key.to_owned()).collect();
        for key in keys {
            self.place(section, &key);
            if known.contains(&key.as_str()) {
                continue;
            }
            let wrong = format!("`{key}` is no key of {}", section.called());
            let nearest = nearest(&key, known);
            let right = match nearest {
                Some(nearest) => format!("Write `{nearest}`, the nearest key that there is"),
                None => format!("The keys here are {}", listed(known)),
            };
            meant.extend(nearest.map(str::to_owned));
            self.unreadable(&section.field(&key), wrong, right);
        }
        meant
    }

    /// The table under `key`, if there is one.
    pub fn section<'d>(&mut self, around: &Section<'d>, key: &str) -> Option<Section<'d>> {
        let item = around.table.get(key)?;
        self.place(around, key);
        let path = around.field(key);
        match item.as_table_like() {
            Some(table) => Some(Section { path, table }),
            None => {
                self.wrong_type(&path, item, "a table");
                None
            }
        }
    }

    pub fn text(&mut self, section: &Section<'_>, key: &str) -> Option<String> {
        let item = section.table.get(key)?;
        let text = item.as_str().map(str::to_owned);
        if text.is_none() {
            self.wrong_type(&section.field(key), item, "a text in quotes");
        }
        text
    }

    /// Empty, and reported, when it is not there; not reported when a misspelt key `meant` it.
    pub fn needed_text(&mut self, section: &Section<'_>, key: &str, meant: &[String]) -> String {
        if !section.table.contains_key(key) {
            self.missing(section, key, meant);
        }
        self.text(section, key).unwrap_or_default()
    }

    pub fn whole<N: TryFrom<i64>>(&mut self, section: &Section<'_>, key: &str) -> Option<N> {
        let item = section.table.get(key)?;
        let Some(number) = item.as_integer() else {
            self.wrong_type(&section.field(key), item, "a whole number");
            return None;
        };
        let fitting = N::try_from(number).ok();
        if fitting.is_none() {
            let wrong = format!("{number} is out of range");
            let right =
                if key == "port" { "A port is from 1 to 65535" } else { "Write a number from 0 upwards" };
            self.unreadable(&section.field(key), wrong, right);
        }
        fitting
    }

    pub fn needed_whole<N: TryFrom<i64>>(
        &mut self,
        section: &Section<'_>,
        key: &str,
        meant: &[String],
    ) -> Option<N> {
        if !section.table.contains_key(key) {
            self.missing(section, key, meant);
        }
        self.whole(section, key)
    }

    pub fn texts(&mut self, section: &Section<'_>, key: &str) -> Vec<String> {
        let Some(item) = section.table.get(key) else { return Vec::new() };
        let field = section.field(key);
        let Some(array) = item.as_array() else {
            self.wrong_type(&field, item, "a list of texts");
            return Vec::new();
        };
        let mut texts = Vec::new();
        for (index, value) in array.iter().enumerate() {
            let field = format!("{field}[{index}]");
            if let Some(span) = value.span() {
                self.report.place(&field, line_of(self.text, span.start));
            }
            if value.as_str().is_none() {
                let wrong = format!("it is {}", value_type(value));
                self.unreadable(&field, wrong, "Write a text in quotes");
            }
            // What could not be read keeps its place, so that the others keep their numbers.
            texts.push(value.as_str().unwrap_or_default().to_owned());
        }
        texts
    }

    /// A table of texts, each read by `read`.
    pub fn map<T>(
        &mut self,
        around: &Section<'_>,
        key: &str,
        read: impl Fn(&str) -> Result<T, Fault>,
    ) -> BTreeMap<String, T> {
        let Some(section) = self.section(around, key) else { return BTreeMap::new() };
        let keys: Vec<String> = section.table.iter().map(|(key, _)| key.to_owned()).collect();
        let mut map = BTreeMap::new();
        for key in keys {
            self.place(&section, &key);
            let Some(text) = self.text(&section, &key) else { continue };
            match read(&text) {
                Ok(value) => drop(map.insert(key, value)),
                Err(fault) => self.report.unreadable(&section.field(&key), fault),
            }
        }
        map
    }

    fn missing(&mut self, section: &Section<'_>, key: &str, meant: &[String]) {
        let field = section.field(key);
        if meant.iter().any(|meant| meant == key) {
            self.report.silence(&field);
            return;
        }
        let wrong = format!("{} has no `{key}`", section.called());
        self.unreadable(&field, wrong, format!("Add `{}`", example(key)));
    }

    fn wrong_type(&mut self, field: &str, item: &Item, wanted: &str) {
        let is = item.as_value().map_or("a table", value_type);
        let is = if item.is_array_of_tables() { "a list of tables" } else { is };
        self.unreadable(field, format!("it is {is}"), format!("Write {wanted}"));
    }

    fn place(&mut self, section: &Section<'_>, key: &str) {
        let span =
            section.table.get_key_value(key).and_then(|(key, item)| key.span().or_else(|| item.span()));
        if let Some(span) = span {
            self.report.place(&section.field(key), line_of(self.text, span.start));
        }
    }
}

fn value_type(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number with a point",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date or time",
        Value::Array(_) => "a list",
        Value::InlineTable(_) => "a table",
    }
}

/// A line that would do.
fn example(key: &str) -> &'static str {
    match key {
        "name" => "name = \"shop\"",
        "region" => "region = \"us-east-1\"",
        "domain" => "domain = \"example.org\"",
        "host" => "host = \"@\"` for the domain itself, or `host = \"api\"",
        "image" => "image = \"web:latest\"",
        "port" => "port = 3000",
        "timezone" => "timezone = \"Europe/Berlin\"",
        "awake" => "awake = \"Mon-Fri 09:00-18:00\"",
        _ => "it",
    }
}

pub(crate) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let word = word.to_lowercase();
    known
        .iter()
        .map(|known| (strsim::jaro_winkler(&word, known), *known))
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .filter(|(likeness, _)| *likeness > 0.7)
        .map(|(_, known)| known)
}

fn listed(known: &[&str]) -> String {
    let quoted: Vec<String> = known.iter().map(|key| format!("`{key}`")).collect();
    quoted.join(", ")
}
