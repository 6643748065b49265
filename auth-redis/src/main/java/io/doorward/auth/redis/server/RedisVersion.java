package io.doorward.auth.redis.server;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The version of a server, as INFO says it.
 *
 * @param text the whole of it
 */
record RedisVersion(int major, int minor, String text) {
  static final String NEEDED = "6.2";

  private static final Pattern FORM =
      Pattern.compile(
          "^redis_version:((\\d{1,4})\\.(\\d{1,4})[0-9A-Za-z.-]{0,32})\\r?$", Pattern.MULTILINE);

  /** Reads it out of INFO; empty if it does not stand there. */
  static Optional<RedisVersion> in(String info) {
    Matcher version = FORM.matcher(info);
    return version.find()
        ? Optional.of(
            new RedisVersion(
                Integer.parseInt(version.group(2)),
                Integer.parseInt(version.group(3)),
                version.group(1)))
        : Optional.empty();
  }

  boolean isTooOld() {
    return major < 6 || (major == 6 && minor < 2);
  }

  /** Says so, for a message. */
  String complaint() {
    return "Redis " + text + " is older than " + NEEDED + ", which is needed";
  }
}
