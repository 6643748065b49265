package io.doorward.consumer;

import io.doorward.auth.session.AuthenticatedPrincipal;
import io.doorward.auth.spring.boot.CurrentUser;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * An application as a user of Spring Boot writes it: three lines of configuration, beside those
 * that say where its database and Redis are, and the secret in the environment.
 */
@SpringBootApplication
@RestController
public class Shop {
  public static void main(String[] args) {
    SpringApplication.run(Shop.class, args);
  }

  @GetMapping("/")
  String home() {
    return "Welcome";
  }

  @GetMapping("/basket")
  String basket(@CurrentUser AuthenticatedPrincipal user) {
    return "The basket of " + user.loginId().orElseThrow().value();
  }
}
