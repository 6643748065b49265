/**
 * What client and stores both have to know of a Redis server and of the Jedis that speaks to it:
 * which versions and commands are needed, and what a failure means. Not exported.
 */
@NullMarked
package io.doorward.auth.redis.server;

import org.jspecify.annotations.NullMarked;
