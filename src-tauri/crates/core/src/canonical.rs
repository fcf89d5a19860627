//! Canonical JSON and the hashes taken over it.
//!
//! Every hash in the product (record content, op, plan, batch body, scope) is SHA-256 over this one form, so that two
//! computers and two versions agree: object keys sorted by their UTF-8 bytes, no white space, strings escaped as
//! `serde_json` escapes them, numbers as they were given.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

/// The canonical text of a JSON value.
pub fn canonical_json(json: &Json) -> String {
    // What `serde_json` writes is UTF-8.
    String::from_utf8(canonical_bytes(json)).unwrap_or_default()
}

fn canonical_bytes(json: &Json) -> Vec<u8> {
    let mut text = Vec::with_capacity(256);
    write_canonical(json, &mut text);
    text
}

fn write_canonical(json: &Json, out: &mut Vec<u8>) {
    match json {
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => write_leaf(json, out),
        Json::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_canonical(item, out);
            }
            out.push(b']');
        }
        Json::Object(object) => {
            let mut entries: Vec<_> = object.iter().collect();
            entries.sort_unstable_by(|left, right| left.0.as_bytes().cmp(right.0.as_bytes()));
            out.push(b'{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_leaf(key, out);
                out.push(b':');
                write_canonical(value, out);
            }
            out.push(b'}');
        }
    }
}

fn write_leaf(leaf: &impl serde::Serialize, out: &mut Vec<u8>) {
    // Writing to memory cannot fail, and a leaf has nothing that could not be written.
    let _ = serde_json::to_writer(out, leaf);
}

/// Lower-case hex of SHA-256 over the canonical text of a JSON value.
pub fn hash_json(json: &Json) -> String {
    hash_bytes(&canonical_bytes(json))
}

/// SHA-256 over the canonical text of a JSON text: the bytes of [`hash_json`] of what it says, without building a tree
/// that owns a copy of each piece of it.
///
/// # Errors
/// When it is no JSON.
pub fn digest_text(text: &str) -> Result<[u8; 32], serde_json::Error> {
    let node: Node<'_> = serde_json::from_str(text)?;
    let mut canonical = Vec::with_capacity(text.len());
    write_node(&node, &mut canonical);
    Ok(Sha256::digest(canonical).into())
}

/// A JSON value whose texts are still those it was read from, where they hold no escape.
enum Node<'a> {
    /// Null, true, false, a number.
    Leaf(Json),
    Text(Cow<'a, str>),
    Array(Vec<Node<'a>>),
    /// Members by key, each key once.
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

fn write_node(node: &Node<'_>, out: &mut Vec<u8>) {
    match node {
        Node::Leaf(leaf) => write_leaf(leaf, out),
        Node::Text(text) => write_leaf(text, out),
        Node::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_node(item, out);
            }
            out.push(b']');
        }
        Node::Object(members) => {
            out.push(b'{');
            for (index, (key, value)) in members.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_leaf(key, out);
                out.push(b':');
                write_node(value, out);
            }
            out.push(b'}');
        }
    }
}

/// A key or a text: borrowed unless it holds an escape.
struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text<'de>, D::Error> {
        match Node::deserialize(deserializer)? {
            Node::Text(text) => Ok(Text(text)),
            Node::Leaf(_) | Node::Array(_) | Node::Object(_) => Err(D::Error::custom("a key is no text")),
        }
    }
}

impl<'de> Deserialize<'de> for Node<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Node<'de>, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<Node<'de>, E> {
        Ok(Node::Leaf(Json::Null))
    }
    fn visit_bool<E>(self, value: bool) -> Result<Node<'de>, E> {
        Ok(Node::Leaf(value.into()))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Node<'de>, E> {
        Ok(Node::Leaf(value.into()))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Node<'de>, E> {
        Ok(Node::Leaf(value.into()))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Node<'de>, E> {
        Ok(Node::Leaf(value.into()))
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Owned(text.to_owned())))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node<'de>, A::Error> {
        let mut found = Vec::new();
        while let Some(item) = items.next_element()? {
            found.push(item);
        }
        Ok(Node::Array(found))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Node<'de>, A::Error> {
        let mut found: Vec<(Cow<'de, str>, Node<'de>)> = Vec::new();
        while let Some((Text(key), value)) = members.next_entry()? {
            found.push((key, value));
        }
        // A key that is given twice means its last value, as a tree of values has it: last first, then the first of
        // each is kept.
        found.reverse();
        found.sort_by(|left, right| left.0.as_bytes().cmp(right.0.as_bytes()));
        found.dedup_by(|later, kept| later.0 == kept.0);
        Ok(Node::Object(found))
    }
}

/// Lower-case hex of SHA-256 over bytes.
pub fn hash_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Stands for an id where only sameness counts, see [`short_id`].
pub type ShortId = [u8; 12];

/// 96 bits of SHA-256 over an id: a third of the id's own size, and two of a million ids share it once in 10^17 books.
pub fn short_id(id: &str) -> ShortId {
    let mut short = ShortId::default();
    for (to, from) in short.iter_mut().zip(Sha256::digest(id.as_bytes())) {
        *to = from;
    }
    short
}

/// A version 8 UUID (RFC 9562) of SHA-256 over texts, each followed by a line feed: the same texts give the same id.
pub fn uuid_v8(texts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update(text.as_bytes());
        hasher.update(b"\n");
    }
    let mut bytes: Vec<u8> = hasher.finalize().to_vec();
    bytes.truncate(16);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let text = hex(&bytes);
    format!("{}-{}-{}-{}-{}", &text[0..8], &text[8..12], &text[12..16], &text[16..20], &text[20..32])
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)] as char);
        text.push(DIGITS[usize::from(byte & 15)] as char);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_text_has_the_digest_of_what_it_says() {
        for text in [
            r#"{"b":1,"a":{"z":[1,-2,3.5,1e3,0.0,-0.0,18446744073709551615],"y":null},"é":"caf\u00e9 \/ \n\t \"x\" \\ é"}"#,
            r#"{"a":1,"b":2,"a":{"c":3},"b":[]}"#,
            r#" [ true , false , "" , {} , [ ] ] "#,
            r#"{"\u0061b":1,"ab":2}"#,
            "123456789012345678901234567890",
        ] {
            let json: Json = serde_json::from_str(text).unwrap();
            assert_eq!(hex(&digest_text(text).unwrap()), hash_json(&json), "{text}");
        }
        assert!(digest_text("{\"a\":").is_err());
    }

    #[test]
    fn key_order_and_nesting_do_not_matter() {
        let left = json!({"b": [1, {"z": null, "a": "é\n"}], "a": true});
        let right: Json = serde_json::from_str("{\"a\":true,\"b\":[1,{\"a\":\"é\\n\",\"z\":null}]}").unwrap();
        assert_eq!(canonical_json(&left), "{\"a\":true,\"b\":[1,{\"a\":\"é\\n\",\"z\":null}]}");
        assert_eq!(hash_json(&left), hash_json(&right), "the same meaning has the same hash");
    }

    #[test]
    fn known_digest() {
        // FIPS 180-2, appendix B.1
        assert_eq!(hash_bytes(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
