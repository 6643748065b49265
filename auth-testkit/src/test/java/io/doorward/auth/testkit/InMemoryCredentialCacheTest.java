package io.doorward.auth.testkit;

import io.doorward.auth.account.CredentialCache;
import java.time.Duration;
import java.time.InstantSource;

class InMemoryCredentialCacheTest extends CredentialCacheContract {
  @Override
  protected CredentialCache newCache(Duration ttl) {
    return CredentialCache.inMemory(InstantSource.system(), ttl, 1000);
  }

  @Override
  protected CredentialCache loseEverything(CredentialCache cache) {
    // What is in memory is lost with the process.
    return newCache(Duration.ofMinutes(10));
  }
}
