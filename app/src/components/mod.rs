//! Components: they receive values and draw them. Nothing here fetches a page's data.

pub mod activity;
pub mod blocks;
pub mod button;
pub mod canvas;
pub mod chrome;
pub mod copy;
pub mod dialog;
pub mod drawer;
pub mod icons;
pub mod log;
pub mod new_stack;
pub mod plan_dialog;
pub mod plan_view;
pub mod stack_head;
pub mod tabs;
pub mod toast;
