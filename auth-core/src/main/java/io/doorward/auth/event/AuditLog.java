package io.doorward.auth.event;

import static java.util.Objects.requireNonNull;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Writes events to a log, one line each: {@code event=LoginRejected account=...
 * reason=WRONG_PASSWORD network=192.0.2.7}. {@link AuthEvent.Level#ROUTINE} is logged at {@code
 * INFO}, {@code NOTABLE} at {@code WARN}, {@code ALARM} at {@code ERROR}. Events of the
 * application's own are logged under their full class name: records with their components, others
 * with their name only. {@link ServiceEvent.FindingReported} is left out: the service itself logs
 * each finding once, uncut and with what to do.
 *
 * <p>The form is that of logfmt. A value of ASCII letters, digits and {@code _.:/-@+,} stands as it
 * is; any other is quoted, and inside the quotes everything but those, blanks and {@code ;()'#*!?}
 * is written as a backslash, a {@code u} and four hexadecimal digits. What is absent is {@code -}.
 * Times are ISO 8601.
 *
 * <p>Security: whatever a value holds, it stays one value on one line. Line ends of any alphabet,
 * terminal escapes, marks that turn the direction of writing, quotes, equals signs and braces do
 * not come out. Values are cut to 128 characters, collections to 16 elements, lines to 4,096
 * characters; what is cut ends in {@code ~}. Only numbers, texts, enum constants, times and
 * identifiers are written (and collections, maps and optionals of them); of any other value its
 * type's name only, so that no secret's, credential's or login identifier's content can be. A
 * client's network is personal data, and every reader of the log sees it.
 *
 * <p>Thread-safe. As slow as the logger is.
 */
public final class AuditLog implements AuthListener {
  private static final String DEFAULT_NAME = "doorward.audit";

  private final Logger logger;

  private AuditLog(Logger logger) {
    this.logger = logger;
  }

  /**
   * Returns one that writes to the logger {@code doorward.audit}.
   *
   * @return the listener
   */
  public static AuditLog create() {
    return named(DEFAULT_NAME);
  }

  /**
   * Returns one that writes to a logger of the application's choice.
   *
   * @param logger its name
   * @return the listener
   */
  public static AuditLog named(String logger) {
    return new AuditLog(LoggerFactory.getLogger(requireNonNull(logger, "logger")));
  }

  @Override
  public void on(AuthEvent event) {
    Level level =
        switch (event.level()) {
          case ROUTINE -> Level.INFO;
          case NOTABLE -> Level.WARN;
          case ALARM -> Level.ERROR;
        };
    if (!(event instanceof ServiceEvent.FindingReported) && logger.isEnabledForLevel(level)) {
      logger.atLevel(level).log(AuditLine.of(event));
    }
  }
}
