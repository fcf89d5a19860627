//! The application menu: on a Mac it is part of every program, and where the standard shortcuts live. Windows and Linux
//! show none (design language, 4); there the page answers the shortcuts.

use hub_core::message::{Locale, Message, render};
use tauri::menu::{Menu, MenuBuilder, MenuItemBuilder, SubmenuBuilder};
use tauri::{AppHandle, Wry};

/// Entries the page answers, with their keys.
const ENTRIES: &[(&str, &str)] =
    &[("settings", "CmdOrCtrl+,"), ("add_crm", "CmdOrCtrl+N"), ("find", "CmdOrCtrl+K"), ("shortcuts", "")];

/// Whether an id is an entry of the page's.
pub(crate) fn is_for_the_page(id: &str) -> bool {
    ENTRIES.iter().any(|(entry, _)| *entry == id)
}

/// Builds it. Undo and redo are left out of Edit: in the review they are the page's, which tells a text field from a row.
pub(crate) fn application(app: &AppHandle, locale: Locale) -> tauri::Result<Menu<Wry>> {
    let text = |name: &str| render(locale, &Message::new(format!("app.menu.{name}")));
    let entry = |id: &str| {
        let item = MenuItemBuilder::with_id(id, text(id));
        match ENTRIES.iter().find(|(entry, _)| *entry == id) {
            Some((_, keys)) if !keys.is_empty() => item.accelerator(keys).build(app),
            Some(_) | None => item.build(app),
        }
    };
    let program = SubmenuBuilder::new(app, text("app"))
        .about(None)
        .separator()
        .item(&entry("settings")?)
        .separator()
        .services()
        .separator()
        .hide()
        .hide_others()
        .show_all()
        .separator()
        .quit()
        .build()?;
    let file =
        SubmenuBuilder::new(app, text("file")).item(&entry("add_crm")?).separator().close_window().build()?;
    let edit = SubmenuBuilder::new(app, text("edit")).cut().copy().paste().select_all().build()?;
    let view =
        SubmenuBuilder::new(app, text("view")).item(&entry("find")?).separator().fullscreen().build()?;
    let window = SubmenuBuilder::new(app, text("window")).minimize().maximize().build()?;
    let help = SubmenuBuilder::new(app, text("help")).item(&entry("shortcuts")?).build()?;
    MenuBuilder::new(app).items(&[&program, &file, &edit, &view, &window, &help]).build()
}
