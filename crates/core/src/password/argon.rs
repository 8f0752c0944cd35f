//! Argon2 (RFC 9106) in the form of a PHC string.

use std::collections::BTreeSet;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash as Phc, Salt as PhcSalt};
use argon2::{Algorithm, Argon2, Params, Version};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{HashError, HashSettings, Password, Salt, Workspace};

/// The output of new hashes, in bytes.
const OUTPUT_BYTES: usize = 32;

const DECOY_LABEL: &[u8] = b"keyturn decoy password hash";

/// An argon2 hash or the making of one: how, with which salt, and what must come out.
pub(super) struct ArgonForm {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: PhcSalt,
    expected: Option<Output>,
}

impl ArgonForm {
    /// A new argon2id hash.
    pub(super) fn new(
        memory_kib: u32,
        iterations: u32,
        parallelism: u32,
        salt: Salt,
    ) -> Result<Self, HashError> {
        let params = Params::new(memory_kib, iterations, parallelism, Some(OUTPUT_BYTES))
            .map_err(|_| HashError::InvalidSettings)?;
        let salt = PhcSalt::new(&salt).map_err(|_| HashError::InvalidSettings)?;
        Ok(Self {
            algorithm: Algorithm::Argon2id,
            version: Version::V0x13,
            params,
            salt,
            expected: None,
        })
    }

    /// Reads a stored hash; one that costs too much is refused here.
    pub(super) fn read(text: &str) -> Result<Self, HashError> {
        let phc = Phc::new(text).map_err(|_| HashError::Unreadable)?;
        if names_a_parameter_twice(&phc.params) {
            return Err(HashError::Unreadable);
        }
        // A PHC string without a version is of the first one, RFC 9106's predecessor.
        let version = phc.version.unwrap_or(Version::V0x10.into());
        let params = Params::try_from(&phc).map_err(|_| HashError::Unreadable)?;
        check_cost(&params)?;
        Ok(Self {
            algorithm: Algorithm::try_from(phc.algorithm.as_str()).map_err(|_| HashError::Unreadable)?,
            version: Version::try_from(version).map_err(|_| HashError::Unreadable)?,
            params,
            salt: phc.salt.ok_or(HashError::Unreadable)?,
            expected: Some(phc.hash.ok_or(HashError::Unreadable)?),
        })
    }

    pub(super) fn hash(&self, password: &Password, workspace: &mut Workspace) -> Result<String, HashError> {
        let mut output = [0; OUTPUT_BYTES];
        self.compute(password, &mut output, workspace)?;
        self.phc(&output)
    }

    pub(super) fn verify(&self, password: &Password, workspace: &mut Workspace) -> Result<bool, HashError> {
        let expected = self.expected.as_ref().ok_or(HashError::Unreadable)?;
        let mut buffer = [0; Output::MAX_LENGTH];
        let output = buffer.get_mut(..expected.len()).ok_or(HashError::Unreadable)?;
        self.compute(password, output, workspace)?;
        Ok(bool::from(output.ct_eq(expected.as_bytes())))
    }

    pub(super) fn decoy(&self) -> Result<String, HashError> {
        self.phc(
            &Sha256::new()
                .chain_update(DECOY_LABEL)
                .chain_update(self.salt)
                .finalize(),
        )
    }

    pub(super) fn was_made_with(&self, memory_kib: u32, iterations: u32, parallelism: u32) -> bool {
        self.algorithm == Algorithm::Argon2id
            && self.version == Version::V0x13
            && (self.params.m_cost(), self.params.t_cost(), self.params.p_cost())
                == (memory_kib, iterations, parallelism)
            && self.params.data().is_empty()
            && self.salt.len() >= size_of::<Salt>()
            && self
                .expected
                .as_ref()
                .is_some_and(|output| output.len() == OUTPUT_BYTES)
    }

    fn compute(
        &self,
        password: &Password,
        output: &mut [u8],
        workspace: &mut Workspace,
    ) -> Result<(), HashError> {
        let argon2 = Argon2::new(self.algorithm, self.version, self.params.clone());
        workspace
            .with_blocks(self.params.block_count(), |blocks| {
                argon2.hash_password_into_with_memory(password.bytes(), &self.salt, output, blocks)
            })?
            .map_err(|_| HashError::Unreadable)
    }

    fn phc(&self, output: &[u8]) -> Result<String, HashError> {
        let phc = Phc {
            algorithm: self.algorithm.ident(),
            version: Some(self.version.into()),
            params: ParamsString::try_from(&self.params).map_err(|_| HashError::InvalidSettings)?,
            salt: Some(self.salt),
            hash: Some(Output::new(output).map_err(|_| HashError::InvalidSettings)?),
        };
        Ok(phc.to_string())
    }
}

/// The parser would take the last of two costs; the PHC string format has each parameter at most once.
fn names_a_parameter_twice(params: &ParamsString) -> bool {
    let mut seen = BTreeSet::new();
    params.iter().any(|(name, _)| !seen.insert(name))
}

fn check_cost(params: &Params) -> Result<(), HashError> {
    let settings = HashSettings::Argon2id {
        memory_kib: params.m_cost(),
        iterations: params.t_cost(),
        parallelism: params.p_cost(),
    };
    settings.check()
}
