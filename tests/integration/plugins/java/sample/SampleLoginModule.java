package sample;

import java.util.Map;
import javax.security.auth.Subject;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.spi.LoginModule;
import org.apache.kafka.common.security.plain.PlainLoginModule;

/** Logs in as PLAIN does. */
public class SampleLoginModule implements LoginModule {
    private final PlainLoginModule plain = new PlainLoginModule();

    @Override
    public void initialize(Subject subject, CallbackHandler handler, Map<String, ?> state, Map<String, ?> options) {
        Marks.tell("login-module", options.get("greeting"));
        plain.initialize(subject, handler, state, options);
    }

    @Override
    public boolean login() {
        return plain.login();
    }

    @Override
    public boolean commit() {
        return plain.commit();
    }

    @Override
    public boolean abort() {
        return plain.abort();
    }

    @Override
    public boolean logout() {
        return plain.logout();
    }
}
