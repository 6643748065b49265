/**
 * The servers behind the stores: circuit breakers, health, findings about settings, and the
 * degradation of the service during an outage.
 */
package io.doorward.auth.backend;
