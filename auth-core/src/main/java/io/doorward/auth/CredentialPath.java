package io.doorward.auth;

import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.CredentialCache.CacheFill;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.engine.cache.CacheFiller;
import io.doorward.auth.engine.cache.CredentialReads;
import io.doorward.auth.engine.cache.Invalidator;
import io.doorward.auth.engine.cache.UserFence;
import io.doorward.auth.engine.cache.VerifiedCredentialCache;
import io.doorward.auth.engine.login.BoundedHasher;
import io.doorward.auth.engine.login.CacheFirstCheck;
import io.doorward.auth.engine.login.CredentialUpkeep;
import io.doorward.auth.engine.login.FailureCount;
import io.doorward.auth.engine.login.Rehasher;
import io.doorward.auth.guard.Bulkhead;
import io.doorward.auth.password.PasswordHasher;

/**
 * The parts between a password and its credential: the cache, the database reads behind it, its
 * fills and its invalidation, and the comparison. An {@link AuthService} and a {@link
 * CachingAuthenticator} alone share them.
 */
final class CredentialPath {
  final CredentialCache cache;
  final Invalidator invalidator;
  final CacheFiller filler;
  final BoundedHasher hasher;
  final CacheFirstCheck check;

  /**
   * Puts the parts together. Hashes once, for the decoy.
   *
   * @param store owns the credentials
   * @param users holds user records
   */
  CredentialPath(AccountStore store, UserFence users, Options options, EngineContext context) {
    Capacity capacity = options.capacity();
    CredentialReads reads =
        new CredentialReads(
            store,
            bulkhead("account store, reads of logins", capacity.loginReads()),
            bulkhead("account store, probes", capacity.versionProbes()),
            context);
    boolean strict = !context.degradation().loginsWithoutDatabase();
    cache =
        options.verifyHits() || strict
            ? new VerifiedCredentialCache(options.cache(), reads, strict, context)
            : options.cache();
    invalidator = new Invalidator(cache, users, store, context);
    filler = new CacheFiller(cache, reads, options.cacheFill(), context);
    hasher =
        BoundedHasher.of(
            options.hasher(), capacity.hashing().permits(), capacity.hashing().queue());
    CredentialUpkeep upkeep =
        new CredentialUpkeep(
            new Rehasher(store, hasher, invalidator, context),
            new FailureCount(store, options.failureLimit(), invalidator, context));
    check = new CacheFirstCheck(cache, reads, hasher, filler, upkeep, context);
  }

  private static Bulkhead bulkhead(String name, Capacity.Limit limit) {
    return Bulkhead.of(name, limit.permits(), limit.queue());
  }

  /**
   * The choices that an application has here.
   *
   * @param cache shared by all nodes
   * @param verifyHits whether every hit is compared with the database
   * @param cacheFill when a credential goes into the cache
   * @param hasher hashes and compares
   * @param capacity bounds hashing and reads
   * @param failureLimit wrong passwords that restrict an account to known devices
   */
  record Options(
      CredentialCache cache,
      boolean verifyHits,
      CacheFill cacheFill,
      PasswordHasher hasher,
      Capacity capacity,
      int failureLimit) {}
}
