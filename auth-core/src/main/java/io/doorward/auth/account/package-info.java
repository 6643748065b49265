/**
 * Accounts, their credentials and profiles: the store that owns them, the cache in front of it, and
 * the outbox that keeps the two in step.
 */
@NullMarked
package io.doorward.auth.account;

import org.jspecify.annotations.NullMarked;
