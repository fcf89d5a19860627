//! Canonical JSON and the hashes taken over it.
//!
//! Every hash in the product (record content, op, plan, batch body, scope) is SHA-256 over this one form, so that two
//! computers and two versions agree: object keys sorted by their UTF-8 bytes, no white space, strings escaped as
//! `serde_json` escapes them, numbers as they were given.

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

/// SHA-256 over the canonical text of a JSON value.
pub fn digest_json(json: &Json) -> [u8; 32] {
    Sha256::digest(canonical_bytes(json)).into()
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
