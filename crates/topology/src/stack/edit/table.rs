//! Changing one value in a TOML table, and nothing around it.

use toml_edit::{Array, Decor, InlineTable, Item, Table, TableLike, Value};

/// A value that is wanted, and when what stands there is as good.
pub(super) struct Scalar<'same> {
    value: Value,
    /// The value that a missing key stands for.
    absent: Option<Value>,
    same: Option<&'same dyn Fn(&str) -> bool>,
}

impl<'same> Scalar<'same> {
    pub fn text(text: &str) -> Self {
        Self { value: text.into(), absent: None, same: None }
    }

    pub fn whole(number: impl Into<i64>) -> Self {
        let number: i64 = number.into();
        Self { value: number.into(), absent: None, same: None }
    }

    /// A missing key means `usual`.
    pub fn or_absent(mut self, usual: impl Into<Value>) -> Self {
        self.absent = Some(usual.into());
        self
    }

    /// Other texts mean the same.
    pub fn or_same(mut self, same: &'same dyn Fn(&str) -> bool) -> Self {
        self.same = Some(same);
        self
    }

    fn is_met(&self, item: Option<&Item>) -> bool {
        let Some(item) = item else {
            return self.absent.as_ref().is_some_and(|absent| equal(absent, &self.value));
        };
        item.as_value().is_some_and(|value| equal(value, &self.value))
            || item.as_str().zip(self.same).is_some_and(|(text, same)| same(text))
    }
}

fn equal(one: &Value, other: &Value) -> bool {
    let same_text = one.as_str().is_some() && one.as_str() == other.as_str();
    same_text || one.as_integer().is_some() && one.as_integer() == other.as_integer()
}

/// Writes `scalar` under `key` unless what stands there is as good; the remarks beside it stay.
pub(super) fn set(table: &mut dyn TableLike, key: &str, scalar: Scalar<'_>) {
    if !scalar.is_met(table.get(key)) {
        put(table, key, scalar.value);
    }
}

/// Makes the list under `key` that of `wanted`, and none at all no key; elements that stay keep their remarks.
pub(super) fn set_texts(table: &mut dyn TableLike, key: &str, wanted: &[String]) {
    let Some(array) = table.get_mut(key).and_then(Item::as_array_mut) else {
        if !wanted.is_empty() {
            put(table, key, Value::Array(wanted.iter().collect()));
        }
        return;
    };
    if texts(array).eq(wanted) {
        return;
    }
    if wanted.is_empty() {
        return unset(table, key);
    }
    array.retain(|value| value.as_str().is_some_and(|text| wanted.iter().any(|wanted| wanted == text)));
    let kept: Vec<String> = texts(array).map(str::to_owned).collect();
    if wanted.starts_with(&kept) {
        wanted[kept.len()..].iter().for_each(|text| push(array, text));
    } else {
        put(table, key, Value::Array(wanted.iter().collect()));
    }
}

fn texts(array: &Array) -> impl Iterator<Item = &str> {
    array.iter().map(|value| value.as_str().unwrap_or_default())
}

/// Adds an element in the manner of the last one: on a line of its own if that is.
fn push(array: &mut Array, text: &str) {
    let mut value = Value::from(text);
    let has_two = array.len() > 1;
    let Some(last) = array.iter_mut().last() else { return array.push(value) };
    let prefix = last.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
    let suffix = last.decor().suffix().and_then(|suffix| suffix.as_str()).unwrap_or_default();
    let is_own_line = prefix.contains('\n');
    // A remark before the last element is not repeated.
    let indent = &prefix[prefix.rfind('\n').unwrap_or(0)..];
    let prefix =
        if (has_two || is_own_line) && indent.trim().is_empty() { indent.to_owned() } else { " ".into() };
    if suffix.trim().is_empty() {
        *value.decor_mut() = Decor::new(prefix, suffix.to_owned());
        last.decor_mut().set_suffix("");
    }
    array.push_formatted(value);
}

fn put(table: &mut dyn TableLike, key: &str, value: Value) {
    if let Some(Item::Value(old)) = table.get_mut(key) {
        let decor = old.decor().clone();
        *old = value;
        *old.decor_mut() = decor;
        return;
    }
    table.remove(key);
    add(table, key, Item::Value(value));
}

fn add(table: &mut dyn TableLike, key: &str, item: Item) {
    loosen_last(table);
    table.insert(key, item);
}

/// Removes `key`, if it is there.
pub(super) fn unset(table: &mut dyn TableLike, key: &str) {
    if table.remove(key).is_some() {
        loosen_last(table);
    }
}

/// Takes away the spaces after the last value, so that it gets those that its new place asks for: one before
/// the brace of an inline table, none before a comma or the end of a line.
fn loosen_last(table: &mut dyn TableLike) {
    let Some((_, item)) = table.iter_mut().last() else { return };
    let Some(last) = item.as_value_mut() else { return };
    let decor = last.decor_mut();
    if decor.suffix().and_then(|suffix| suffix.as_str()).is_some_and(|suffix| suffix.trim().is_empty()) {
        let prefix = decor.prefix().cloned();
        decor.clear();
        prefix.into_iter().for_each(|prefix| decor.set_prefix(prefix));
    }
}

/// The table under `key`, if there is one.
pub(super) fn child<'t>(table: &'t mut dyn TableLike, key: &str) -> Option<&'t mut dyn TableLike> {
    table.get_mut(key).and_then(Item::as_table_like_mut)
}

/// The table under `key`; one from `new` when there is none.
pub(super) fn child_or_new<'t>(
    table: &'t mut dyn TableLike,
    key: &str,
    new: impl FnOnce() -> Item,
) -> &'t mut dyn TableLike {
    if !table.get(key).is_some_and(Item::is_table_like) {
        table.remove(key);
        add(table, key, new());
    }
    child(table, key).expect("it was a table, or has just been made one")
}

pub(super) fn fresh_table() -> Item {
    Item::Table(Table::new())
}

pub(super) fn fresh_inline() -> Item {
    Item::Value(Value::InlineTable(InlineTable::new()))
}

/// Brings the entries of `table`, which all are in `order`, into that order.
pub(super) fn arrange(table: &mut dyn TableLike, order: &[&str]) {
    if table.iter().map(|(key, _)| key).eq(order.iter().copied()) {
        return;
    }
    for key in order {
        if let Some(mut item) = table.remove(key) {
            forget_position(&mut item);
            table.insert(key, item);
        }
    }
    loosen_last(table);
}

/// A table without a position is printed after the one before it.
fn forget_position(item: &mut Item) {
    if let Item::Table(table) = item {
        table.set_position(None);
        table.iter_mut().for_each(|(_, item)| forget_position(item));
    }
}
