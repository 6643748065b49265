package io.doorward.auth.redis.consistency;

import io.doorward.auth.redis.consistency.Exploration.Result;
import io.doorward.auth.redis.consistency.Exploration.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * When the answer of a plain read may be used: a server that is demoted while a node keeps a
 * connection to it, its successor, and the registry. The server holds an old version and never
 * learns of the change that is made at its successor. Time passes in ticks; an answer takes any
 * number of them up to two times H. A world is a value; every step makes another one.
 */
final class PlainReadModel {
  /** How many ticks the word of a server, and of the registry, is good for. */
  static final int H = 4;

  private static final int NEVER = -1;
  private static final int END = 3 * H + 2;

  /** What the rules rest on. The model can do without any one of them. */
  enum Rule {
    /** A server's word on who it is is good for H; it is asked again once that is half over. */
    WORD_EXPIRES,
    /** The age of its word counts to the moment when the answer is used. */
    AGE_WHEN_USED,
    /** The age of its word counts from before it was asked. */
    AGE_FROM_THE_QUESTION,
    /** Where servers fail over, the registry must have confirmed the server within H. */
    GUARD
  }

  /** What must hold. */
  enum Broken {
    /** A request that came after a change had been told was answered by the version before. */
    OLD_VERSION_AFTER_THE_CHANGE,
    /** An answer of a server was used that had been demoted more than H ago. */
    BELIEVED_FOR_TOO_LONG
  }

  /**
   * One state of everything.
   *
   * @param demoted when the server was; {@link #NEVER} if it is the primary
   * @param registered when its successor was
   * @param changed when the change at the successor was told
   * @param identityAt from when the age of the server's word counts
   * @param confirmedAt from when the age of the registry's word counts
   * @param superseded what that word was
   * @param sentAt of the read under way; {@link #NEVER} if there is none
   * @param asks whether it asks the server who it is
   */
  record World(
      int now,
      int demoted,
      int registered,
      int changed,
      int identityAt,
      int confirmedAt,
      boolean superseded,
      int sentAt,
      boolean asks) {
    World tick() {
      return new World(
          now + 1, demoted, registered, changed, identityAt, confirmedAt, superseded, sentAt, asks);
    }

    World with(int demotedAt, int registeredAt, int changedAt) {
      return new World(
          now,
          demotedAt,
          registeredAt,
          changedAt,
          identityAt,
          confirmedAt,
          superseded,
          sentAt,
          asks);
    }

    World confirmed() {
      return new World(
          now, demoted, registered, changed, identityAt, now, registered != NEVER, sentAt, asks);
    }

    World sends(boolean asksWho) {
      return new World(
          now, demoted, registered, changed, identityAt, confirmedAt, superseded, now, asksWho);
    }

    World arrived(int identity) {
      return new World(
          now, demoted, registered, changed, identity, confirmedAt, superseded, NEVER, false);
    }
  }

  private final Set<Rule> with;

  PlainReadModel(Set<Rule> with) {
    this.with = with;
  }

  private boolean on(Rule rule) {
    return with.contains(rule);
  }

  /** Goes everywhere, or to the first step that breaks something. */
  Result<Broken> explore() {
    return Exploration.explore(
        new World(0, NEVER, NEVER, NEVER, 0, 0, false, NEVER, false), this::steps);
  }

  private List<Step<World, Broken>> steps(World from) {
    List<Step<World, Broken>> steps = new ArrayList<>();
    if (from.now() < END) {
      steps.add(new Step<>("a tick", from.tick(), null));
    }
    if (from.demoted() == NEVER) {
      steps.add(step(from, "the server is demoted", from.with(from.now(), NEVER, NEVER)));
    } else if (from.registered() == NEVER) {
      World registered = from.with(from.demoted(), from.now(), NEVER);
      steps.add(step(from, "its successor is registered", registered));
    }
    if (from.changed() == NEVER && mayTellAChange(from)) {
      World changed = from.with(from.demoted(), from.registered(), from.now());
      steps.add(step(from, "a change at the successor is told", changed));
    }
    if (from.confirmedAt() != from.now()) {
      steps.add(step(from, "the node asks the registry", from.confirmed()));
    }
    if (from.sentAt() == NEVER) {
      sends(from, steps);
    } else if (from.now() - from.sentAt() <= 2 * H) {
      steps.add(arrival(from));
    }
    return steps;
  }

  /**
   * A change counts as told once the server that was told is registered for H; at once without a
   * guard.
   */
  private boolean mayTellAChange(World world) {
    return on(Rule.GUARD)
        ? world.registered() != NEVER && world.now() - world.registered() >= H
        : world.demoted() != NEVER;
  }

  /** A server that says that it is no primary any more is not read: a script finds out the rest. */
  private void sends(World from, List<Step<World, Broken>> steps) {
    boolean asks = on(Rule.WORD_EXPIRES) && 2 * (from.now() - from.identityAt()) > H;
    if (!asks || from.demoted() == NEVER) {
      String text = asks ? "a request is sent, and asks who answers" : "a request is sent";
      steps.add(step(from, text, from.sends(asks)));
    }
  }

  private Step<World, Broken> arrival(World from) {
    int asked = on(Rule.AGE_FROM_THE_QUESTION) ? from.sentAt() : from.now();
    int identityAt = from.asks() ? asked : from.identityAt();
    World after = from.arrived(identityAt);
    int judgedAt = on(Rule.AGE_WHEN_USED) ? from.now() : from.sentAt();
    boolean known = !on(Rule.WORD_EXPIRES) || judgedAt - identityAt < H;
    boolean confirmed =
        !on(Rule.GUARD) || (!from.superseded() && from.now() - from.confirmedAt() < H);
    if (!known || !confirmed) {
      return step(from, "its answer is not used", after);
    }
    Broken broken = null;
    if (from.changed() != NEVER && from.sentAt() >= from.changed()) {
      broken = Broken.OLD_VERSION_AFTER_THE_CHANGE;
    } else if (from.demoted() != NEVER && from.now() - from.demoted() > H) {
      broken = Broken.BELIEVED_FOR_TOO_LONG;
    }
    return new Step<>(from.now() + ": its answer is used", after, broken);
  }

  private static Step<World, Broken> step(World from, String text, World after) {
    return new Step<>(from.now() + ": " + text, after, null);
  }
}
