/**
 * Redis 6.2 or later as a view that can be lost. Start at {@link
 * io.doorward.auth.redis.RedisStores}: the credential cache, the session view, the token store and
 * the attempt limiter come from there, over any Jedis client. {@link
 * io.doorward.auth.redis.client.BoundedRedisClient} is one whose calls end at their deadlines;
 * {@link io.doorward.auth.redis.PrimaryGuard} keeps nodes from believing a primary that was taken
 * over from.
 */
@NullMarked
package io.doorward.auth.redis;

import org.jspecify.annotations.NullMarked;
