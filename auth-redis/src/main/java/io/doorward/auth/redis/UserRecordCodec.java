package io.doorward.auth.redis;

import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.redis.BinaryCodec.Reader;
import io.doorward.auth.redis.BinaryCodec.Writer;

/**
 * The sealed form of a user record: account, epoch, epoch of API keys, version with its tag, roles.
 * One for the token store and the session view, so that there is one format to keep.
 */
final class UserRecordCodec implements FencedEntries.Codec<UserRecord> {
  private static final SealedFormat FORMAT = new SealedFormat("user record", 4);

  @Override
  public SealedFormat format() {
    return FORMAT;
  }

  @Override
  public long version(UserRecord value) {
    return value.version();
  }

  @Override
  public void write(UserRecord value, Writer out) {
    out.text(value.account().value())
        .number(value.epoch().number())
        .text(value.epoch().tag())
        .number(value.keyEpoch().number())
        .text(value.keyEpoch().tag())
        .number(value.version())
        .text(value.tag())
        .texts(value.roles());
  }

  @Override
  public UserRecord read(Reader in) {
    AccountId account = new AccountId(in.text());
    Epoch epoch = new Epoch(in.number(), in.text());
    Epoch keyEpoch = new Epoch(in.number(), in.text());
    long version = in.number();
    String tag = in.text();
    return new UserRecord(account, in.texts(), version, tag, epoch, keyEpoch);
  }
}
