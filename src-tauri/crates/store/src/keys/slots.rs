//! `keys.json`: the slots in which a profile's master key is kept, each by itself enough to open it.

use std::fs;
use std::io::Write;
use std::path::Path;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hub_core::ports::Secret;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Key, KeyError, KeyRing, Keychain, KeychainError};

/// Name of the key file within a profile directory.
pub const KEYS_FILE: &str = "keys.json";

const FORMAT: u32 = 1;

/// A key file is a few hundred bytes; more is damage.
const MAX_FILE: u64 = 64 * 1024;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    format: u32,
    profile: String,
    key_id: String,
    /// First half of a subkey of its own: tells a wrong key from a damaged database without touching either.
    check: String,
    slots: Vec<Slot>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Slot {
    Keychain { version: u32, account: String },
    Passphrase { version: u32, stretch: Stretch, salt: String, nonce: String, wrapped: String },
    RecoveryKit { version: u32, stretch: Stretch, salt: String, nonce: String, wrapped: String },
}

impl Slot {
    fn kind(&self) -> &'static str {
        match self {
            Slot::Keychain { .. } => "keychain",
            Slot::Passphrase { .. } => "passphrase",
            Slot::RecoveryKit { .. } => "recovery_kit",
        }
    }
}

/// Cost of argon2id; stored with each slot so that it can be raised later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stretch {
    /// Memory in KiB.
    pub memory: u32,
    /// Passes.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for Stretch {
    /// RFC 9106, section 4, second recommended option: 64 MiB, 3 passes, 4 lanes.
    fn default() -> Stretch {
        Stretch { memory: 64 * 1024, passes: 3, lanes: 4 }
    }
}

impl Stretch {
    /// A damaged or hostile key file must not ask for more memory than any computer has.
    fn within_bounds(self) -> bool {
        (8..=1024 * 1024).contains(&self.memory)
            && (1..=64).contains(&self.passes)
            && (1..=16).contains(&self.lanes)
    }
}

/// How a slot is protected.
pub enum Protection<'a> {
    /// The operating system's keychain.
    Keychain(&'a dyn Keychain),
    /// A passphrase of the user, by explicit choice.
    Passphrase(&'a Secret, Stretch),
    /// A random code, returned once, to be printed and kept.
    RecoveryKit(Stretch),
}

/// How a profile is opened.
pub enum Unlock<'a> {
    /// Through the keychain.
    Keychain(&'a dyn Keychain),
    /// With the passphrase.
    Passphrase(&'a Secret),
    /// With the recovery code; spaces, dashes and case do not matter.
    RecoveryKit(&'a Secret),
}

/// A profile's new keys.
pub struct NewProfile {
    /// The subkeys.
    pub keys: KeyRing,
    /// The recovery code, when the protection was a recovery kit.
    pub recovery_code: Option<Secret>,
}

/// Whether the profile in this directory has keys.
pub fn exists(dir: &Path) -> bool {
    dir.join(KEYS_FILE).exists()
}

/// Makes a master key for a new profile and stores it in one slot.
///
/// # Errors
/// [`KeyError::AlreadyThere`] when there is a key file; [`KeyError::NoKeychain`] and its kin when the chosen protection
/// is not to be had, and nothing is left behind then.
pub fn create(dir: &Path, profile: &str, protection: &Protection<'_>) -> Result<NewProfile, KeyError> {
    if exists(dir) {
        return Err(KeyError::AlreadyThere);
    }
    fs::create_dir_all(dir)?;
    let master = Key::random()?;
    let mut id = [0_u8; 8];
    getrandom::fill(&mut id).map_err(KeyError::Random)?;
    let key_id = hub_core::canonical::hex(&id);
    let keys = KeyRing::derive(&master, profile, &key_id);
    let mut file = KeyFile {
        format: FORMAT,
        profile: profile.to_owned(),
        key_id,
        check: keys.check.clone(),
        slots: Vec::new(),
    };
    let recovery_code = fill_slot(&mut file, &master, protection)?;
    write_file(dir, &file)?;
    Ok(NewProfile { keys, recovery_code })
}

/// Opens a profile's keys.
///
/// # Errors
/// See [`KeyError`]: each variant is another action for the user.
pub fn unlock(dir: &Path, how: &Unlock<'_>) -> Result<KeyRing, KeyError> {
    let file = read_file(dir)?;
    let master = open_master(&file, how)?;
    Ok(KeyRing::derive(&master, &file.profile, &file.key_id))
}

/// Adds a slot (or replaces the one of its kind) to a profile that can be opened already; returns the recovery code of
/// a new recovery kit.
///
/// # Errors
/// See [`KeyError`].
pub fn add_slot(
    dir: &Path,
    how: &Unlock<'_>,
    protection: &Protection<'_>,
) -> Result<Option<Secret>, KeyError> {
    let mut file = read_file(dir)?;
    let master = open_master(&file, how)?;
    let code = fill_slot(&mut file, &master, protection)?;
    write_file(dir, &file)?;
    Ok(code)
}

/// Removes the profile's entry from the keychain, for when the profile itself is removed.
///
/// # Errors
/// See [`KeyError`].
pub fn forget_keychain(dir: &Path, keychain: &dyn Keychain) -> Result<(), KeyError> {
    for slot in read_file(dir)?.slots {
        if let Slot::Keychain { account, .. } = slot {
            keychain.delete(&account).map_err(from_keychain)?;
        }
    }
    Ok(())
}

/// The kinds of slots a profile has: `keychain`, `passphrase`, `recovery_kit`.
///
/// # Errors
/// See [`KeyError`].
pub fn slot_kinds(dir: &Path) -> Result<Vec<&'static str>, KeyError> {
    Ok(read_file(dir)?.slots.iter().map(Slot::kind).collect())
}

/// Whether these keys are the ones of the profile in this directory; `None` without a key file.
pub(crate) fn fits(dir: &Path, keys: &KeyRing) -> Result<Option<bool>, KeyError> {
    if !exists(dir) {
        return Ok(None);
    }
    let file = read_file(dir)?;
    Ok(Some(file.check == keys.check && file.profile == keys.profile))
}

fn fill_slot(
    file: &mut KeyFile,
    master: &Key,
    protection: &Protection<'_>,
) -> Result<Option<Secret>, KeyError> {
    let (slot, code) = match protection {
        Protection::Keychain(keychain) => {
            let account = format!("{}:{}", file.profile, file.key_id);
            let text = Zeroizing::new(BASE64.encode(master.bytes()));
            keychain.set(&account, &text).map_err(from_keychain)?;
            (Slot::Keychain { version: 1, account }, None)
        }
        Protection::Passphrase(passphrase, stretch) => {
            let wrapped = wrap(file, "passphrase", master, passphrase.expose().as_bytes(), *stretch)?;
            let Wrapped { salt, nonce, wrapped } = wrapped;
            (Slot::Passphrase { version: 1, stretch: *stretch, salt, nonce, wrapped }, None)
        }
        Protection::RecoveryKit(stretch) => {
            let code = new_code()?;
            let wrapped = wrap(file, "recovery_kit", master, &plain_code(code.expose())?, *stretch)?;
            let Wrapped { salt, nonce, wrapped } = wrapped;
            (Slot::RecoveryKit { version: 1, stretch: *stretch, salt, nonce, wrapped }, Some(code))
        }
    };
    file.slots.retain(|held| held.kind() != slot.kind());
    file.slots.push(slot);
    Ok(code)
}

fn open_master(file: &KeyFile, how: &Unlock<'_>) -> Result<Key, KeyError> {
    let mut found = None;
    for slot in &file.slots {
        match (slot, how) {
            (Slot::Keychain { account, .. }, Unlock::Keychain(keychain)) => {
                let text = keychain.get(account).map_err(from_keychain)?.ok_or(KeyError::KeychainWiped)?;
                found = Some(key_of(&text)?);
            }
            (Slot::Passphrase { stretch, salt, nonce, wrapped, .. }, Unlock::Passphrase(passphrase)) => {
                let secret = passphrase.expose().as_bytes();
                found = Some(unwrap(file, "passphrase", secret, *stretch, salt, nonce, wrapped)?);
            }
            (Slot::RecoveryKit { stretch, salt, nonce, wrapped, .. }, Unlock::RecoveryKit(code)) => {
                let secret = plain_code(code.expose())?;
                found = Some(unwrap(file, "recovery_kit", &secret, *stretch, salt, nonce, wrapped)?);
            }
            _ => {}
        }
    }
    let master = found.ok_or(KeyError::NoSlot)?;
    if KeyRing::derive(&master, &file.profile, &file.key_id).check == file.check {
        Ok(master)
    } else {
        Err(KeyError::WrongKey)
    }
}

fn key_of(text: &str) -> Result<Key, KeyError> {
    let bytes = Zeroizing::new(BASE64.decode(text.trim()).map_err(|_| KeyError::WrongKey)?);
    let bytes: [u8; 32] = bytes.as_slice().try_into().map_err(|_| KeyError::WrongKey)?;
    Ok(Key::new(bytes))
}

fn from_keychain(error: KeychainError) -> KeyError {
    match error {
        KeychainError::Absent(_) => KeyError::NoKeychain(Box::new(error)),
        KeychainError::Locked(_) => KeyError::KeychainLocked(Box::new(error)),
        KeychainError::Failed(_) => KeyError::Keychain(Box::new(error)),
    }
}

struct Wrapped {
    salt: String,
    nonce: String,
    wrapped: String,
}

fn wrap(
    file: &KeyFile,
    kind: &str,
    master: &Key,
    secret: &[u8],
    stretch: Stretch,
) -> Result<Wrapped, KeyError> {
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt).map_err(KeyError::Random)?;
    let mut nonce = [0_u8; 12];
    getrandom::fill(&mut nonce).map_err(KeyError::Random)?;
    let cipher = cipher(secret, stretch, &salt)?;
    let aad = associated(file, kind);
    let payload = Payload { msg: master.bytes(), aad: aad.as_bytes() };
    let wrapped = cipher.encrypt(&Nonce::from(nonce), payload).map_err(|_| KeyError::Damaged(None))?;
    Ok(Wrapped { salt: BASE64.encode(salt), nonce: BASE64.encode(nonce), wrapped: BASE64.encode(wrapped) })
}

fn unwrap(
    file: &KeyFile,
    kind: &str,
    secret: &[u8],
    stretch: Stretch,
    salt: &str,
    nonce: &str,
    wrapped: &str,
) -> Result<Key, KeyError> {
    let decode = |text: &str| BASE64.decode(text).map_err(|error| KeyError::Damaged(Some(Box::new(error))));
    let (salt, nonce, wrapped) = (decode(salt)?, decode(nonce)?, decode(wrapped)?);
    let nonce: [u8; 12] = nonce.as_slice().try_into().map_err(|_| KeyError::Damaged(None))?;
    let cipher = cipher(secret, stretch, &salt)?;
    let aad = associated(file, kind);
    let payload = Payload { msg: &wrapped, aad: aad.as_bytes() };
    // A wrong passphrase and a changed slot fail alike: the cipher cannot tell them apart.
    let plain = cipher.decrypt(&Nonce::from(nonce), payload).map_err(|_| KeyError::WrongKey)?;
    let plain = Zeroizing::new(plain);
    let bytes: [u8; 32] = plain.as_slice().try_into().map_err(|_| KeyError::Damaged(None))?;
    Ok(Key::new(bytes))
}

fn associated(file: &KeyFile, kind: &str) -> String {
    format!("{}\n{KEYS_FILE}\n{kind}\n{}", file.profile, file.key_id)
}

fn cipher(secret: &[u8], stretch: Stretch, salt: &[u8]) -> Result<Aes256Gcm, KeyError> {
    if !stretch.within_bounds() {
        return Err(KeyError::Damaged(None));
    }
    let params = Params::new(stretch.memory, stretch.passes, stretch.lanes, Some(32))
        .map_err(|error| KeyError::Damaged(Some(Box::new(error))))?;
    let mut key = Zeroizing::new([0_u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(secret, salt, key.as_mut_slice())
        .map_err(|error| KeyError::Damaged(Some(Box::new(error))))?;
    Ok(Aes256Gcm::new(&(*key).into()))
}

/// Crockford's base 32 without the letters that are mistaken for digits: 26 characters hold 130 bits.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_LENGTH: usize = 26;

fn new_code() -> Result<Secret, KeyError> {
    let mut bytes = Zeroizing::new([0_u8; CODE_LENGTH]);
    getrandom::fill(bytes.as_mut_slice()).map_err(KeyError::Random)?;
    let mut code = String::with_capacity(CODE_LENGTH + CODE_LENGTH / 5);
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 && index % 5 == 0 {
            code.push('-');
        }
        code.push(char::from(ALPHABET[usize::from(byte & 31)]));
    }
    Ok(Secret::new(code))
}

/// The code as it is stretched: without separators, in capitals, with the usual misreadings taken back.
fn plain_code(text: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut plain = Zeroizing::new(Vec::with_capacity(CODE_LENGTH));
    for letter in text.chars().filter(|letter| !letter.is_whitespace() && *letter != '-') {
        let letter = match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        match u8::try_from(letter) {
            Ok(byte) if ALPHABET.contains(&byte) && plain.len() < CODE_LENGTH => plain.push(byte),
            _ => return Err(KeyError::WrongKey),
        }
    }
    if plain.len() == CODE_LENGTH { Ok(plain) } else { Err(KeyError::WrongKey) }
}

fn read_file(dir: &Path) -> Result<KeyFile, KeyError> {
    let path = dir.join(KEYS_FILE);
    let size = match fs::metadata(&path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(KeyError::NoKeys),
        Err(error) => return Err(KeyError::Io(error)),
    };
    if size > MAX_FILE {
        return Err(KeyError::Damaged(None));
    }
    let text = fs::read(&path)?;
    let file: KeyFile =
        serde_json::from_slice(&text).map_err(|error| KeyError::Damaged(Some(Box::new(error))))?;
    if file.format == FORMAT { Ok(file) } else { Err(KeyError::Damaged(None)) }
}

/// Written beside and renamed over, so that a power cut leaves the old file or the new one.
fn write_file(dir: &Path, file: &KeyFile) -> Result<(), KeyError> {
    let text = serde_json::to_vec_pretty(file).map_err(|error| KeyError::Damaged(Some(Box::new(error))))?;
    let beside = dir.join("keys.json.new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut target = options.open(&beside)?;
    target.write_all(&text)?;
    target.sync_all()?;
    drop(target);
    fs::rename(&beside, dir.join(KEYS_FILE))?;
    #[cfg(unix)]
    fs::File::open(dir)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::MemoryKeychain;
    use super::*;

    const CHEAP: Stretch = Stretch { memory: 8, passes: 1, lanes: 1 };

    #[test]
    fn every_slot_opens_the_same_keys_and_a_wrong_secret_opens_none() {
        let dir = tempfile::tempdir().unwrap();
        let keychain = MemoryKeychain::default();
        let made = create(dir.path(), "p1", &Protection::Keychain(&keychain)).unwrap();
        let by_keychain = Unlock::Keychain(&keychain);
        let passphrase = Secret::new("a long sentence of my own");
        add_slot(dir.path(), &by_keychain, &Protection::Passphrase(&passphrase, CHEAP)).unwrap();
        let code = add_slot(dir.path(), &by_keychain, &Protection::RecoveryKit(CHEAP)).unwrap();
        let code = code.expect("a recovery kit gives its code");
        let lower = Secret::new(code.expose().to_lowercase().replace('-', " "));
        for how in [Unlock::Keychain(&keychain), Unlock::Passphrase(&passphrase), Unlock::RecoveryKit(&lower)]
        {
            let keys = unlock(dir.path(), &how).unwrap();
            assert_eq!(keys.db.bytes(), made.keys.db.bytes(), "one master key in every slot");
            assert_ne!(keys.db.bytes(), keys.vault.bytes(), "each use has its own subkey");
        }
        assert_eq!(slot_kinds(dir.path()).unwrap(), ["keychain", "passphrase", "recovery_kit"]);
        let wrong = Secret::new("a long sentence of yours");
        assert!(matches!(unlock(dir.path(), &Unlock::Passphrase(&wrong)), Err(KeyError::WrongKey)));
        assert!(matches!(unlock(dir.path(), &Unlock::RecoveryKit(&wrong)), Err(KeyError::WrongKey)));
    }

    #[test]
    fn f39_wiped_changed_and_absent_keychains_are_three_errors() {
        let dir = tempfile::tempdir().unwrap();
        let keychain = MemoryKeychain::default();
        create(dir.path(), "p1", &Protection::Keychain(&keychain)).unwrap();
        let wiped = MemoryKeychain::default();
        assert!(matches!(unlock(dir.path(), &Unlock::Keychain(&wiped)), Err(KeyError::KeychainWiped)));
        let account = format!("p1:{}", read_file(dir.path()).unwrap().key_id);
        wiped.set(&account, &BASE64.encode([7_u8; 32])).unwrap();
        assert!(matches!(unlock(dir.path(), &Unlock::Keychain(&wiped)), Err(KeyError::WrongKey)));
        struct NoBus;
        impl Keychain for NoBus {
            fn get(&self, _account: &str) -> Result<Option<Zeroizing<String>>, KeychainError> {
                Err(KeychainError::Absent(Box::new(std::io::Error::other("no bus"))))
            }
            fn set(&self, _account: &str, _text: &str) -> Result<(), KeychainError> {
                Err(KeychainError::Absent(Box::new(std::io::Error::other("no bus"))))
            }
            fn delete(&self, _account: &str) -> Result<(), KeychainError> {
                Ok(())
            }
        }
        assert!(matches!(unlock(dir.path(), &Unlock::Keychain(&NoBus)), Err(KeyError::NoKeychain(_))));
        let fresh = tempfile::tempdir().unwrap();
        let refused = create(fresh.path(), "p2", &Protection::Keychain(&NoBus));
        assert!(matches!(refused, Err(KeyError::NoKeychain(_))), "never a silent step down");
        assert!(!exists(fresh.path()), "nothing is left behind");
    }

    #[test]
    fn keys_are_made_once_and_a_damaged_file_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let passphrase = Secret::new("correct horse");
        create(dir.path(), "p1", &Protection::Passphrase(&passphrase, CHEAP)).unwrap();
        let again = create(dir.path(), "p1", &Protection::Passphrase(&passphrase, CHEAP));
        assert!(matches!(again, Err(KeyError::AlreadyThere)), "new keys would orphan the data");
        let text = fs::read_to_string(dir.path().join(KEYS_FILE)).unwrap();
        assert!(!text.contains("correct horse"), "the passphrase is not in the file");
        let greedy = text.replace("\"memory\": 8,", "\"memory\": 4000000000,");
        assert_ne!(greedy, text, "the parameter was replaced");
        fs::write(dir.path().join(KEYS_FILE), greedy).unwrap();
        let opened = unlock(dir.path(), &Unlock::Passphrase(&passphrase));
        assert!(matches!(opened, Err(KeyError::Damaged(_))), "absurd parameters are damage, not work");
        fs::write(dir.path().join(KEYS_FILE), "{").unwrap();
        assert!(matches!(unlock(dir.path(), &Unlock::Passphrase(&passphrase)), Err(KeyError::Damaged(_))));
    }
}
