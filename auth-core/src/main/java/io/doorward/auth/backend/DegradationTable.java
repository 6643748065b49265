package io.doorward.auth.backend;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The behaviour of every operation while Redis, the database or both are unavailable, for one
 * configuration of the service. Logged at the start. Immutable and thread-safe.
 */
public final class DegradationTable {

  /** Where sessions are kept, which determines the effect of an outage on them. */
  public enum SessionLocation {
    /** In this process; for tests and for applications of one node. */
    MEMORY,
    /** In the database, which answers every check. */
    DATABASE,
    /** In Redis and nowhere else. */
    REDIS,
    /** In the database, with a view in Redis that answers checks. */
    DATABASE_WITH_VIEW,
    /** Somewhere that this library does not know. */
    ELSEWHERE
  }

  /** The operations of the service. */
  public enum Operation {
    /** A login whose credential is cached. */
    LOGIN_CACHED("login, cached"),
    /** A login whose credential is not cached. */
    LOGIN_NOT_CACHED("login, not cached"),
    /** The check of a request's token. */
    CHECK("request check"),
    /** The exchange of a refresh token. */
    REFRESH("refresh"),
    /** The end of one session or of all. */
    LOGOUT("logout, revocation"),
    /** A sign-up. */
    SIGN_UP("sign-up"),
    /** A change of password, identifier, status or roles, and a deletion. */
    CHANGE("password, status, role change"),
    /** The count of attempts. */
    THROTTLE("throttle"),
    /** The start of the service. */
    START("start");

    private final String title;

    Operation(String title) {
      this.title = title;
    }
  }

  /** The outages. */
  public enum Outage {
    /** Redis: down, too slow, or not trusted. */
    REDIS("Redis away"),
    /** The database: down, or too slow. */
    DATABASE("database away"),
    /** Both. */
    BOTH("both away");

    private final String title;

    Outage(String title) {
      this.title = title;
    }
  }

  /** The behaviour of an operation in an outage. */
  public enum Behaviour {
    /** Works without restriction. */
    WORKS("works"),
    /** The database answers instead. */
    FROM_DATABASE("from the database"),
    /** The cached value is used. */
    FROM_CACHE("from the cache"),
    /** Done; the caches are updated later, by the outbox. */
    PENDING("done, caches updated later"),
    /** Each node counts by itself. */
    LOCAL("each node counts by itself"),
    /**
     * Genuine, recently issued tokens are answered as unverified; others are {@link #UNAVAILABLE}.
     */
    UNVERIFIED("young tokens unverified"),
    /** Unavailable, never a refusal. */
    UNAVAILABLE("unavailable"),
    /** Starts, and checks again until the server answers. */
    STARTS("starts, looks again"),
    /** Does not start. */
    REFUSES("does not start");

    private final String text;

    Behaviour(String text) {
      this.text = text;
    }

    /** Returns the behaviour in words. */
    @Override
    public String toString() {
      return text;
    }
  }

  /**
   * The configuration on which the table depends.
   *
   * @param sessions where sessions are kept
   * @param cached whether there is a credential cache outside of this process
   * @param shared whether there is a limiter outside of this process
   * @param choices the configured degradation
   * @param start the start policy
   */
  public record Assembly(
      SessionLocation sessions,
      boolean cached,
      boolean shared,
      Degradation choices,
      StartPolicy start) {
    /**
     * Checks that nothing is missing.
     *
     * @param sessions see the type
     * @param cached see the type
     * @param shared see the type
     * @param choices see the type
     * @param start see the type
     */
    public Assembly {
      requireNonNull(sessions, "sessions");
      requireNonNull(choices, "choices");
      requireNonNull(start, "start");
    }
  }

  private final Map<Operation, Map<Outage, Behaviour>> cells = new EnumMap<>(Operation.class);

  private DegradationTable() {}

  /**
   * Returns the table of a service.
   *
   * @param service the configuration of the service
   * @return its table
   */
  public static DegradationTable of(Assembly service) {
    requireNonNull(service, "service");
    DegradationTable table = new DegradationTable();
    Degradation choices = service.choices();

    // A login needs a store for its session, and the cache or the database for its credential.
    Behaviour sessionWithoutRedis =
        service.sessions() == SessionLocation.REDIS
            ? Behaviour.UNAVAILABLE
            : Behaviour.FROM_DATABASE;
    Behaviour loginWithoutRedis =
        withoutRedis(service, choices.loginsWithoutRedis(), sessionWithoutRedis);
    boolean onDatabase =
        service.sessions() == SessionLocation.DATABASE
            || service.sessions() == SessionLocation.DATABASE_WITH_VIEW;
    Behaviour cachedWithoutDatabase =
        onDatabase || !choices.loginsWithoutDatabase() || !service.cached()
            ? Behaviour.UNAVAILABLE
            : Behaviour.FROM_CACHE;
    table.row(
        Operation.LOGIN_CACHED, loginWithoutRedis, cachedWithoutDatabase, Behaviour.UNAVAILABLE);
    table.row(
        Operation.LOGIN_NOT_CACHED,
        loginWithoutRedis,
        Behaviour.UNAVAILABLE,
        Behaviour.UNAVAILABLE);

    Behaviour unanswered =
        choices.unverified().isPresent() ? Behaviour.UNVERIFIED : Behaviour.UNAVAILABLE;
    switch (service.sessions()) {
      case MEMORY -> {
        table.row(Operation.CHECK, Behaviour.WORKS, Behaviour.WORKS, Behaviour.WORKS);
        table.row(Operation.REFRESH, Behaviour.WORKS, Behaviour.WORKS, Behaviour.WORKS);
        table.row(Operation.LOGOUT, Behaviour.WORKS, Behaviour.WORKS, Behaviour.WORKS);
      }
      case DATABASE -> {
        table.row(Operation.CHECK, Behaviour.WORKS, unanswered, unanswered);
        table.row(Operation.REFRESH, Behaviour.WORKS, Behaviour.UNAVAILABLE, Behaviour.UNAVAILABLE);
        table.row(Operation.LOGOUT, Behaviour.WORKS, Behaviour.UNAVAILABLE, Behaviour.UNAVAILABLE);
      }
      case DATABASE_WITH_VIEW -> {
        table.row(Operation.CHECK, Behaviour.FROM_DATABASE, Behaviour.FROM_CACHE, unanswered);
        table.row(
            Operation.REFRESH,
            Behaviour.FROM_DATABASE,
            Behaviour.UNAVAILABLE,
            Behaviour.UNAVAILABLE);
        table.row(
            Operation.LOGOUT, Behaviour.PENDING, Behaviour.UNAVAILABLE, Behaviour.UNAVAILABLE);
      }
      case REDIS -> {
        table.row(Operation.CHECK, unanswered, Behaviour.WORKS, unanswered);
        table.row(Operation.REFRESH, Behaviour.UNAVAILABLE, Behaviour.WORKS, Behaviour.UNAVAILABLE);
        table.row(Operation.LOGOUT, Behaviour.UNAVAILABLE, Behaviour.WORKS, Behaviour.UNAVAILABLE);
      }
      case ELSEWHERE -> {
        // Where that store is, and so which outage it shares, is not known.
        table.row(Operation.CHECK, unanswered, unanswered, unanswered);
        table.row(
            Operation.REFRESH, Behaviour.UNAVAILABLE, Behaviour.UNAVAILABLE, Behaviour.UNAVAILABLE);
        table.row(
            Operation.LOGOUT, Behaviour.UNAVAILABLE, Behaviour.UNAVAILABLE, Behaviour.UNAVAILABLE);
      }
    }

    boolean hasView =
        service.cached()
            || (service.sessions() != SessionLocation.DATABASE
                && service.sessions() != SessionLocation.MEMORY);
    Behaviour pending = hasView ? Behaviour.PENDING : Behaviour.WORKS;
    table.row(Operation.SIGN_UP, pending, Behaviour.UNAVAILABLE, Behaviour.UNAVAILABLE);
    table.row(
        Operation.CHANGE,
        hasView && !choices.changesWithoutRedis() ? Behaviour.UNAVAILABLE : pending,
        Behaviour.UNAVAILABLE,
        Behaviour.UNAVAILABLE);

    Behaviour counting =
        !service.shared()
            ? Behaviour.WORKS
            : choices.countingWithoutRedis() ? Behaviour.LOCAL : Behaviour.UNAVAILABLE;
    table.row(Operation.THROTTLE, counting, Behaviour.WORKS, counting);

    Behaviour start = service.start().requireServers() ? Behaviour.REFUSES : Behaviour.STARTS;
    table.row(Operation.START, start, start, start);
    return table;
  }

  /** Without a shared cache or limiter, a login needs Redis at most for its session. */
  private static Behaviour withoutRedis(
      Assembly service, boolean mayLogIn, Behaviour sessionWithoutRedis) {
    if (service.shared() && !service.choices().countingWithoutRedis()) {
      return Behaviour.UNAVAILABLE;
    }
    if (service.cached() && !mayLogIn) {
      return Behaviour.UNAVAILABLE;
    }
    return sessionWithoutRedis;
  }

  private void row(
      Operation operation, Behaviour withoutRedis, Behaviour withoutDatabase, Behaviour neither) {
    cells.put(
        operation,
        new EnumMap<>(
            Map.of(
                Outage.REDIS,
                withoutRedis,
                Outage.DATABASE,
                withoutDatabase,
                Outage.BOTH,
                neither)));
  }

  /**
   * Returns one cell.
   *
   * @param operation what is asked of the service
   * @param outage what is away
   * @return what it does then
   */
  public Behaviour behaviour(Operation operation, Outage outage) {
    return requireNonNull(requireNonNull(cells.get(operation)).get(outage));
  }

  /** Returns the table as text, one operation a line. */
  @Override
  public String toString() {
    List<String> lines = new ArrayList<>();
    lines.add(line("", titles()));
    for (Operation operation : Operation.values()) {
      List<String> texts = new ArrayList<>();
      for (Outage outage : Outage.values()) {
        texts.add(behaviour(operation, outage).toString());
      }
      lines.add(line(operation.title, texts));
    }
    return String.join("\n", lines);
  }

  private static List<String> titles() {
    List<String> titles = new ArrayList<>();
    for (Outage outage : Outage.values()) {
      titles.add(outage.title);
    }
    return titles;
  }

  private static String line(String first, List<String> others) {
    return String.format(
            Locale.ROOT,
            "  %-30s  %-26s  %-26s  %s",
            first,
            others.get(0),
            others.get(1),
            others.get(2))
        .stripTrailing();
  }
}
