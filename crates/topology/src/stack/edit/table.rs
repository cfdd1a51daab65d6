//! Changing one value in a TOML table, and nothing around it.

use toml_edit::{Array, InlineTable, Item, Table, TableLike, Value};

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

    pub fn whole(number: i64) -> Self {
        Self { value: number.into(), absent: None, same: None }
    }

    pub fn or_absent(mut self, text: &str) -> Self {
        self.absent = Some(text.into());
        self
    }

    pub fn or_absent_whole(mut self, number: i64) -> Self {
        self.absent = Some(number.into());
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
    one.as_str().is_some() && one.as_str() == other.as_str()
        || one.as_integer().is_some() && one.as_integer() == other.as_integer()
}

/// Writes `scalar` under `key` unless what stands there is as good; the remarks beside it stay.
pub(super) fn set(table: &mut dyn TableLike, key: &str, scalar: Scalar<'_>) {
    if !scalar.is_met(table.get(key)) {
        put(table, key, scalar.value);
    }
}

fn put(table: &mut dyn TableLike, key: &str, value: Value) {
    match table.get_mut(key) {
        Some(Item::Value(old)) => {
            let decor = old.decor().clone();
            *old = value;
            *old.decor_mut() = decor;
        }
        Some(_) => {
            table.remove(key);
            table.insert(key, Item::Value(value));
        }
        None => {
            table.insert(key, Item::Value(value));
        }
    }
}

/// Removes `key`, if it is there.
pub(super) fn unset(table: &mut dyn TableLike, key: &str) {
    table.remove(key);
}

/// Writes a list of texts under `key`; none at all is no key.
pub(super) fn set_texts(table: &mut dyn TableLike, key: &str, wanted: &[String]) {
    let there = table.get(key).and_then(Item::as_array);
    let same =
        |array: &Array| array.iter().map(Value::as_str).eq(wanted.iter().map(|text| Some(text.as_str())));
    match there {
        Some(array) if same(array) => {}
        None if wanted.is_empty() => {}
        Some(_) if wanted.is_empty() => unset(table, key),
        _ => put(table, key, wanted.iter().map(String::as_str).collect::<Array>().into()),
    }
}

/// The table under `key`, if there is one.
pub(super) fn child<'table>(
    table: &'table mut dyn TableLike,
    key: &str,
) -> Option<&'table mut dyn TableLike> {
    table.get_mut(key)?.as_table_like_mut()
}

/// Changes the table under `key`, made by `new` where there is none. An inline table that has changed gets its
/// usual spaces.
pub(super) fn within(
    table: &mut dyn TableLike,
    key: &str,
    new: impl FnOnce() -> Item,
    change: impl FnOnce(&mut dyn TableLike),
) {
    let item = table.entry(key).or_insert(Item::None);
    if !item.is_table_like() {
        *item = new();
    }
    let before = item.as_inline_table().map(ToString::to_string);
    if let Some(child) = item.as_table_like_mut() {
        change(child);
    }
    if let (Some(before), Some(inline)) = (before, item.as_inline_table_mut())
        && before != inline.to_string()
    {
        inline.fmt();
    }
}

pub(super) fn fresh_table() -> Item {
    Item::Table(Table::new())
}

pub(super) fn fresh_inline() -> Item {
    Item::Value(Value::InlineTable(InlineTable::new()))
}
