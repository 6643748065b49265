/**
 * What holds for every server that stores stand on: the breaker that leaves a dead one alone, its
 * health, what a look at its settings found, and what the service does without it.
 */
package io.doorward.auth.backend;
