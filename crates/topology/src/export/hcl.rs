//! HCL as text: blocks, attributes and values, written as `terraform fmt` would.
//!
//! It knows no resource type, and reads nothing back.

use std::fmt::Write as _;

/// A list or object longer than this is broken over several lines.
const WIDTH: usize = 100;
const INDENT: &str = "  ";

/// One block, such as a resource.
#[derive(Debug, Clone)]
pub struct Block {
    kind: &'static str,
    labels: Vec<String>,
    about: Vec<String>,
    items: Vec<Item>,
}

#[derive(Debug, Clone)]
enum Item {
    Attribute(String, Value),
    Block(Block),
}

/// What an attribute is set to.
#[derive(Debug, Clone)]
pub enum Value {
    /// Meant literally.
    Text(String),
    /// Evaluated by Terraform: a reference, a number, a template.
    Expression(String),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
    /// `jsonencode(...)`.
    Json(Box<Value>),
}

impl Block {
    pub fn new(kind: &'static str) -> Self {
        Self { kind, labels: Vec::new(), about: Vec::new(), items: Vec::new() }
    }

    pub fn resource(kind: &str, name: impl Into<String>) -> Self {
        Self::new("resource").label(kind).label(name)
    }

    pub fn data(kind: &str, name: impl Into<String>) -> Self {
        Self::new("data").label(kind).label(name)
    }

    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.labels.push(label.into());
        self
    }

    /// A comment above it, a line each.
    pub fn about(mut self, lines: &[&str]) -> Self {
        self.about.extend(lines.iter().map(|line| (*line).to_owned()));
        self
    }

    pub fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.items.push(Item::Attribute(name.to_owned(), value.into()));
        self
    }

    pub fn block(mut self, block: Block) -> Self {
        self.items.push(Item::Block(block));
        self
    }

    pub fn blocks(self, blocks: impl IntoIterator<Item = Block>) -> Self {
        blocks.into_iter().fold(self, Self::block)
    }

    /// How other resources refer to it: `aws_lb.main`.
    pub fn address(&self) -> String {
        self.labels.join(".")
    }

    fn write(&self, depth: usize, out: &mut String) {
        let margin = INDENT.repeat(depth);
        for line in &self.about {
            let _ = writeln!(out, "{margin}# {line}");
        }
        let _ = write!(out, "{margin}{}", self.kind);
        for label in &self.labels {
            let _ = write!(out, " {}", quoted(label));
        }
        if self.items.is_empty() {
            out.push_str(" {}\n");
            return;
        }
        out.push_str(" {\n");
        self.write_items(depth + 1, out);
        let _ = writeln!(out, "{margin}}}");
    }

    fn write_items(&self, depth: usize, out: &mut String) {
        let mut attributes = Vec::new();
        let mut after_block = false;
        let mut is_first = true;
        for item in &self.items {
            match item {
                Item::Attribute(name, value) => {
                    if after_block {
                        out.push('\n');
                        after_block = false;
                    }
                    attributes.push((name.clone(), value.clone()));
                }
                Item::Block(block) => {
                    write_pairs(&std::mem::take(&mut attributes), depth, out);
                    if !is_first {
                        out.push('\n');
                    }
                    block.write(depth, out);
                    after_block = true;
                }
            }
            is_first = false;
        }
        write_pairs(&attributes, depth, out);
    }
}

/// The text of a file: its blocks, an empty line between them.
pub fn file(blocks: &[Block]) -> String {
    let mut out = String::new();
    for (number, block) in blocks.iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        block.write(0, &mut out);
    }
    out
}

impl Value {
    pub fn reference(text: impl Into<String>) -> Self {
        Value::Expression(text.into())
    }

    pub fn json(value: Value) -> Self {
        Value::Json(Box::new(value))
    }

    pub fn object<'a>(pairs: impl IntoIterator<Item = (&'a str, Value)>) -> Self {
        Value::Object(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    fn text(&self, depth: usize) -> String {
        match self {
            Value::Text(text) => quoted(text),
            Value::Expression(text) => text.clone(),
            Value::Json(value) => format!("jsonencode({})", value.text(depth)),
            Value::List(values) => list(values, depth),
            Value::Object(pairs) => object(pairs, depth),
        }
    }

    /// On one line, where that is readable.
    fn one_line(&self) -> Option<String> {
        let text = match self {
            Value::Text(_) | Value::Expression(_) => self.text(0),
            Value::Json(value) => format!("jsonencode({})", value.one_line()?),
            Value::List(values) => {
                let values: Option<Vec<String>> = values.iter().map(Value::one_line).collect();
                format!("[{}]", values?.join(", "))
            }
            Value::Object(pairs) => {
                let pair =
                    |(name, value): &(String, Value)| Some(format!("{} = {}", key(name), value.one_line()?));
                let pairs: Option<Vec<String>> = pairs.iter().map(pair).collect();
                format!("{{ {} }}", pairs?.join(", "))
            }
        };
        (text.len() <= WIDTH).then_some(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Value::Text(text.clone())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Value::Expression(number.to_string())
    }
}

impl From<u16> for Value {
    fn from(number: u16) -> Self {
        Value::Expression(number.to_string())
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Value::Expression(truth.to_string())
    }
}

impl From<Vec<Value>> for Value {
    fn from(values: Vec<Value>) -> Self {
        Value::List(values)
    }
}

impl<const COUNT: usize> From<[&str; COUNT]> for Value {
    fn from(texts: [&str; COUNT]) -> Self {
        Value::List(texts.into_iter().map(Value::from).collect())
    }
}

/// `text` between quotes, meant literally.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// `text` inside a template: nothing in it is evaluated.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if characters.peek() == Some(&'{') => out.extend([character, character]),
            control if control.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out
}

fn list(values: &[Value], depth: usize) -> String {
    let whole = Value::List(values.to_vec());
    let is_flat = !values.iter().any(|value| matches!(value, Value::Object(_)));
    if let Some(text) = whole.one_line().filter(|_| is_flat) {
        return text;
    }
    if let [Value::Object(pairs)] = values {
        return format!("[{}]", object(pairs, depth));
    }
    let margin = INDENT.repeat(depth + 1);
    let mut out = "[\n".to_owned();
    for value in values {
        let text = value.one_line().unwrap_or_else(|| value.text(depth + 1));
        let _ = writeln!(out, "{margin}{text},");
    }
    let _ = write!(out, "{}]", INDENT.repeat(depth));
    out
}

fn object(pairs: &[(String, Value)], depth: usize) -> String {
    if pairs.is_empty() {
        return "{}".to_owned();
    }
    let keyed: Vec<_> = pairs.iter().map(|(name, value)| (key(name), value.clone())).collect();
    let mut out = "{\n".to_owned();
    write_pairs(&keyed, depth + 1, &mut out);
    let _ = write!(out, "{}}}", INDENT.repeat(depth));
    out
}

/// `name = value` lines; those of one line that stand together have their equals signs below each other.
fn write_pairs(pairs: &[(String, Value)], depth: usize, out: &mut String) {
    let margin = INDENT.repeat(depth);
    let texts: Vec<(&str, String)> =
        pairs.iter().map(|(name, value)| (name.as_str(), value.text(depth))).collect();
    for run in texts.chunk_by(|one, next| !one.1.contains('\n') && !next.1.contains('\n')) {
        let width = run.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
        for (name, text) in run {
            let _ = writeln!(out, "{margin}{name:width$} = {text}");
        }
    }
}

/// A name of an object's pair; quoted where HCL would take it for something else.
fn key(name: &str) -> String {
    let is_plain = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|character| character.is_ascii_alphanumeric() || "_-".contains(character));
    if is_plain { name.to_owned() } else { quoted(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_evaluated() {
        assert_eq!(escaped("plain $5, 100%"), "plain $5, 100%");
        assert_eq!(escaped("${HOME} %{if true}"), "$${HOME} %%{if true}");
        assert_eq!(escaped("say \"hi\" \\ back"), "say \\\"hi\\\" \\\\ back");
        assert_eq!(escaped("one\ntwo\r\n\tthree\u{7}"), "one\\ntwo\\r\\n\\tthree\\u0007");
        assert_eq!(escaped("$${x} %"), "$$${x} %");
        assert_eq!(escaped("$"), "$");
    }

    #[test]
    fn equals_signs_stand_below_each_other_until_a_value_breaks_over_lines() {
        let nested = Value::object([("a", Value::from("1")), ("longer", Value::from(2_u32))]);
        let block = Block::resource("aws_thing", "main")
            .about(&["What it is for."])
            .set("name", "x")
            .set("port", 80_u16)
            .set("policy", Value::json(nested))
            .set("more", true)
            .block(Block::new("inner").set("empty", Value::List(Vec::new())));
        insta::assert_snapshot!(file(&[block, Block::data("aws_region", "current")]), @r#"
        # What it is for.
        resource "aws_thing" "main" {
          name = "x"
          port = 80
          policy = jsonencode({
            a      = "1"
            longer = 2
          })
          more = true

          inner {
            empty = []
          }
        }

        data "aws_region" "current" {}
        "#);
    }
}
