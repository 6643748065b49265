package io.doorward.auth.testkit;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import ch.qos.logback.core.util.FileSize;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * Captures everything that a test JVM logs, so that {@link SecrecyCheck} can look for secrets in
 * it. Logback, which a project has to have for this, finds it by itself and asks it before any
 * configuration file; warnings still go to the console. It leaves logging alone unless the system
 * property {@code doorward.secrecy} is {@code true}.
 *
 * <p>{@code io.doorward} is logged at TRACE and everything else at DEBUG, java.util.logging
 * included, into {@code target/secrecy/logs-<pid>-<random>.log} below the working directory. The
 * exceptions are what logs the headers of every request on purpose: Jetty and the JDK's HTTP
 * clients stay at INFO.
 *
 * <p>The file is buffered and complete when the JVM has ended in good order. What is logged by
 * java.util.logging is captured where {@code org.slf4j:jul-to-slf4j} is on the class path; where it
 * is not, Logback's status says so.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_TOP_PRIORITY)
public final class SecrecyLogs extends ContextAwareBase implements Configurator {
  private static final String SWITCH = "doorward.secrecy";
  private static final FileSize BUFFER = new FileSize(256 * 1024);
  private static final String FILE_PATTERN =
      "%date{HH:mm:ss.SSS} %level [%thread] %logger - %msg %kvp %mdc%n%ex{full}";
  private static final String CONSOLE_PATTERN =
      "%date{HH:mm:ss.SSS} %level [%thread] %logger{36} - %msg%n%ex{short}";

  /** What prints headers, and so cookies, as its job. */
  private static final Map<String, Level> LEVELS =
      Map.of(
          "io.doorward", Level.TRACE,
          "org.eclipse.jetty", Level.INFO,
          "jdk.internal.httpclient", Level.INFO,
          "sun.net.www.protocol.http", Level.INFO);

  /** For the service loader. */
  public SecrecyLogs() {}

  @Override
  public ExecutionStatus configure(LoggerContext loggers) {
    if (!Boolean.getBoolean(SWITCH)) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY;
    }
    capture(
        loggers,
        SecrecyCheck.directory()
            .resolve("logs-" + ProcessHandle.current().pid() + "-" + UUID.randomUUID() + ".log"));
    bridgeJavaUtilLogging();
    Runtime.getRuntime().addShutdownHook(new Thread(loggers::stop, "doorward-testkit-logs"));
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  static void capture(LoggerContext loggers, Path path) {
    FileAppender<ILoggingEvent> file = new FileAppender<>();
    file.setContext(loggers);
    file.setName("secrecy");
    file.setFile(path.toString());
    file.setAppend(false);
    file.setBufferSize(BUFFER);
    file.setImmediateFlush(false);
    start(loggers, file, FILE_PATTERN);

    ThresholdFilter warnings = new ThresholdFilter();
    warnings.setLevel("WARN");
    warnings.start();
    ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
    console.setContext(loggers);
    console.setName("console");
    console.addFilter(warnings);
    start(loggers, console, CONSOLE_PATTERN);

    loggers.getLogger("ROOT").setLevel(Level.DEBUG);
    LEVELS.forEach((logger, level) -> loggers.getLogger(logger).setLevel(level));
  }

  private static void start(
      LoggerContext loggers, OutputStreamAppender<ILoggingEvent> appender, String pattern) {
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(loggers);
    encoder.setPattern(pattern);
    encoder.start();
    appender.setEncoder(encoder);
    appender.start();
    loggers.getLogger("ROOT").addAppender(appender);
  }

  private void bridgeJavaUtilLogging() {
    java.util.logging.Logger root = java.util.logging.Logger.getLogger("");
    try {
      SLF4JBridgeHandler.removeHandlersForRootLogger();
      SLF4JBridgeHandler.install();
      root.setLevel(java.util.logging.Level.FINE);
    } catch (NoClassDefFoundError e) {
      addWarn("java.util.logging is not captured: add org.slf4j:jul-to-slf4j", e);
    }
  }
}
