/**
 * Redis 6.2 or later as a view that can be lost: {@link
 * io.doorward.auth.redis.RedisCredentialCache}, {@link io.doorward.auth.redis.RedisTokenStore} and
 * {@link io.doorward.auth.redis.RedisAttemptLimiter}, over any Jedis client; {@link
 * io.doorward.auth.redis.BoundedRedisClient} is one whose calls end at their deadlines.
 */
@NullMarked
package io.doorward.auth.redis;

import org.jspecify.annotations.NullMarked;
