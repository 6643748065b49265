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
import java.util.Set;

/** A credential without its identifier: the key stands for that. */
record CachedCredential(
    AccountId account,
    AccountStatus status,
    PasswordHash hash,
    CredentialVersion version,
    Epoch epoch,
    boolean knownDevicesOnly,
    Set<String> factors) {
  static CachedCredential of(Credential credential) {
    return new CachedCredential(
        credential.account(),
        credential.status(),
        credential.hash(),
        credential.version(),
        credential.epoch(),
        credential.knownDevicesOnly(),
        credential.factors());
  }

  Credential toCredential(LoginId loginId) {
    return new Credential(
        account, loginId, status, hash, version, epoch, knownDevicesOnly, factors);
  }

  /**
   * In clear, number and tag of the epoch, so that a script can compare it. Then account, status,
   * hash, number and tag of the version, 1 for known devices only, and the names of the other
   * factors.
   */
  static final class Codec implements FencedEntries.Codec<CachedCredential> {
    private static final SealedFormat FORMAT = new SealedFormat("entry", 4);

    @Override
    public SealedFormat format() {
      return FORMAT;
    }

    @Override
    public long version(CachedCredential value) {
      return value.version().number();
    }

    @Override
    public void write(CachedCredential value, Writer out) {
      out.number(value.epoch().number())
          .text(value.epoch().tag())
          .endOfClear()
          .text(value.account().value())
          .text(value.status().name())
          .text(value.hash().reveal())
          .number(value.version().number())
          .text(value.version().tag())
          .number(value.knownDevicesOnly() ? 1 : 0)
          .texts(value.factors());
    }

    @Override
    public CachedCredential read(Reader in) {
      Epoch epoch = new Epoch(in.number(), in.text());
      return new CachedCredential(
          new AccountId(in.text()),
          AccountStatus.valueOf(in.text()),
          PasswordHash.of(in.text()),
          new CredentialVersion(in.number(), in.text()),
          epoch,
          in.number() == 1,
          in.texts());
    }
  }
}
