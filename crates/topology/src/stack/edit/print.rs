//! A stack as a fresh file.

use toml_edit::{DocumentMut, Item, Table};

use super::super::{Network, Stack};

/// `stack` as a file without remarks.
pub fn print(stack: &Stack) -> String {
    let mut document = DocumentMut::new();
    // Tables with no keys of their own are there only to give the sections their order.
    if matches!(stack.network, Network::Dedicated { .. }) {
        document.insert("network", Item::Table(Table::new()));
    }
    super::root(document.as_table_mut(), stack);
    document.to_string()
}
