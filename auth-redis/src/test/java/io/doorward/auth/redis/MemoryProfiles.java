package io.doorward.auth.redis;

import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** What stands in for the database's function that loads a user record. */
final class MemoryProfiles implements ProfileStore {
  private final Map<AccountId, UserRecord> records = new ConcurrentHashMap<>();
  final AtomicInteger loads = new AtomicInteger();
  volatile Runnable afterRead = () -> {};
  volatile boolean broken;
  final AtomicInteger outgrown = new AtomicInteger();

  /** The first version of the present era. */
  volatile long eraBegan;

  /** Returns the epoch that {@link #put} and sessions of these tests mean by a number. */
  static Epoch epoch(long number) {
    return new Epoch(number, "epoch-" + number);
  }

  UserRecord put(AccountId account, long version, long epoch, String... roles) {
    return put(
        new UserRecord(
            account, Set.of(roles), version, "tag-" + version, epoch(epoch), epoch(epoch)));
  }

  UserRecord put(UserRecord record) {
    records.put(record.account(), record);
    return record;
  }

  void remove(AccountId account) {
    records.remove(account);
  }

  @Override
  public Optional<UserRecord> load(AccountId account, Deadline deadline) {
    loads.incrementAndGet();
    if (broken) {
      throw new StoreException(StoreException.Kind.UNREACHABLE, "profiles: down");
    }
    Optional<UserRecord> read = Optional.ofNullable(records.get(account));
    afterRead.run();
    return read;
  }

  @Override
  public boolean outgrow(AccountId account, long number, Deadline deadline) {
    UserRecord old = records.get(account);
    if (old == null || old.version() >= number || number >= eraBegan) {
      return false;
    }
    outgrown.incrementAndGet();
    put(new UserRecord(account, old.roles(), eraBegan, "outgrown", old.epoch(), old.epoch()));
    return true;
  }

  @Override
  public Change changeRoles(
      AccountId account,
      Set<String> grant,
      Set<String> revoke,
      OperationId operation,
      Deadline deadline) {
    throw new UnsupportedOperationException("the store under test never calls this");
  }
}
