package io.doorward.examples.howto;

import io.doorward.auth.event.AccessEvent.BudgetSpent;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthEvent.Level;
import io.doorward.auth.event.AuthListener;
import java.util.concurrent.BlockingQueue;

/** Hands what an operator must see to a thread that may wait. Thread-safe. */
final class GuessWatch implements AuthListener {
  private final BlockingQueue<String> pages;

  GuessWatch(BlockingQueue<String> pages) {
    this.pages = pages;
  }

  @Override
  public void on(AuthEvent event) {
    if (event instanceof BudgetSpent spent) {
      offer("guesses: " + spent.budget() + " of " + spent.network().orElse("unknown"));
    } else if (event.level() == Level.ALARM) {
      offer(event.getClass().getSimpleName());
    }
  }

  /** Never waits: a full queue loses the page, and no login is late for it. */
  private void offer(String page) {
    boolean unused = pages.offer(page);
  }
}
