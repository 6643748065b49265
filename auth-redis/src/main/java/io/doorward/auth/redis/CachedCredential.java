package io.doorward.auth.redis;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Epoch;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.redis.BinaryCodec.Reader;
import io.doorward.auth.redis.BinaryCodec.Writer;

/** A credential without its identifier: the key stands for that. */
record CachedCredential(
    AccountId account,
    AccountStatus status,
    PasswordHash hash,
    CredentialVersion version,
    Epoch epoch,
    boolean knownDevicesOnly) {
  static CachedCredential of(Credential credential) {
    return new CachedCredential(
        credential.account(),
        credential.status(),
        credential.hash(),
        credential.version(),
        credential.epoch(),
        credential.knownDevicesOnly());
  }

  Credential toCredential(LoginId loginId) {
    return new Credential(account, loginId, status, hash, version, epoch, knownDevicesOnly);
  }

  /** Account, status, hash, number and tag of version and epoch, and 1 for known devices only. */
  static final class Codec implements FencedEntries.Codec<CachedCredential> {
    @Override
    public String format() {
      return "entry 3";
    }

    @Override
    public long version(CachedCredential value) {
      return value.version().number();
    }

    @Override
    public void write(CachedCredential value, Writer out) {
      out.text(value.account().value())
          .text(value.status().name())
          .text(value.hash().reveal())
          .number(value.version().number())
          .text(value.version().tag())
          .number(value.epoch().number())
          .text(value.epoch().tag())
          .number(value.knownDevicesOnly() ? 1 : 0);
    }

    @Override
    public CachedCredential read(Reader in) {
      return new CachedCredential(
          new AccountId(in.text()),
          AccountStatus.valueOf(in.text()),
          PasswordHash.of(in.text()),
          new CredentialVersion(in.number(), in.text()),
          new Epoch(in.number(), in.text()),
          in.number() == 1);
    }
  }
}
