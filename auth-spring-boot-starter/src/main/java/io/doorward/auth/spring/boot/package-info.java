/**
 * Doorward in a Spring Boot application: makes the service, its filter and its endpoints of the
 * application's beans and properties.
 */
@NullMarked
package io.doorward.auth.spring.boot;

import org.jspecify.annotations.NullMarked;
