package io.doorward.auth.spring.boot;

import io.doorward.auth.session.AuthenticatedPrincipal;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Optional;

/**
 * Marks a parameter of a controller's method that gets the user of the request, beside Spring
 * Security too: an {@link AuthenticatedPrincipal}, where the path requires a login, or an {@link
 * Optional} of one. An {@code AuthenticatedPrincipal} without a user is answered with 500: the
 * rules and the method do not fit together.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.PARAMETER)
public @interface CurrentUser {}
