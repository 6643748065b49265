/**
 * A Jedis client whose calls end at their deadlines: {@link
 * io.doorward.auth.redis.client.BoundedRedisClient}, for one server, for the primary that sentinels
 * name, or for a cluster. It knows nothing of the stores.
 */
@NullMarked
package io.doorward.auth.redis.client;

import org.jspecify.annotations.NullMarked;
