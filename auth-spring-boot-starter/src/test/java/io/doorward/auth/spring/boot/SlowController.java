package io.doorward.auth.spring.boot;

import io.doorward.auth.AuthService;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Answers when it may, and tells when the application begins to stop. */
@RestController
class SlowController implements ApplicationListener<ContextClosedEvent> {
  final CountDownLatch entered = new CountDownLatch(1);
  final CountDownLatch stops = new CountDownLatch(1);
  final CountDownLatch leave = new CountDownLatch(1);

  private final AuthService service;

  SlowController(AuthService service) {
    this.service = service;
  }

  @GetMapping("/open/slow")
  String slow() throws InterruptedException {
    entered.countDown();
    leave.await(20, TimeUnit.SECONDS);
    return service.check("no token").getClass().getSimpleName();
  }

  @Override
  public void onApplicationEvent(ContextClosedEvent event) {
    stops.countDown();
  }
}
