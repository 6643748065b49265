package io.doorward.auth.guard;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks one of the few places that may call an API which {@code config/forbidden.txt} bans, and
 * says why. The build's forbidden-API check honours it; nothing reads it at run time.
 */
@Retention(RetentionPolicy.CLASS)
@Target({ElementType.TYPE, ElementType.METHOD, ElementType.CONSTRUCTOR, ElementType.FIELD})
public @interface SuppressForbidden {
  /**
   * Why this place may do what others may not.
   *
   * @return the reason
   */
  String value();
}
