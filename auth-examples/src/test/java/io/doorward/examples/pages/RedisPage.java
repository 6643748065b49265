package io.doorward.examples.pages;

import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.BoundedRedisClient;
import io.doorward.auth.redis.RedisAttemptLimiter;
import io.doorward.auth.redis.RedisCredentialCache;
import io.doorward.auth.redis.RedisTokenStore;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.throttle.AttemptLimiter;
import java.net.URI;
import java.util.List;

/** What docs/redis.md shows. */
final class RedisPage {
  private RedisPage() {}

  static List<Object> stores(KeyRing keys, ProfileStore profiles, AuthListener listener) {
    URI uri = URI.create("rediss://app:secret@redis:6379");
    BoundedRedisClient redis = BoundedRedisClient.builder(uri).build();
    CredentialCache cache = RedisCredentialCache.builder(redis, keys).listener(listener).build();
    TokenStore tokens = RedisTokenStore.builder(redis, keys, profiles).listener(listener).build();
    AttemptLimiter limiter = RedisAttemptLimiter.builder(redis, keys).build();
    return List.of(cache, tokens, limiter);
  }
}
