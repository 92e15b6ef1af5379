package sample;

import org.apache.logging.log4j.core.Appender;
import org.apache.logging.log4j.core.Core;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.apache.logging.log4j.core.config.plugins.Plugin;
import org.apache.logging.log4j.core.config.plugins.PluginBuilderAttribute;
import org.apache.logging.log4j.core.config.plugins.PluginBuilderFactory;

/** Tells which loggers wrote. */
@Plugin(name = "Sample", category = Core.CATEGORY_NAME, elementType = Appender.ELEMENT_TYPE)
public final class SampleAppender extends AbstractAppender {
    private final String greeting;

    private SampleAppender(String name, String greeting) {
        super(name, null, null, true, Property.EMPTY_ARRAY);
        this.greeting = greeting;
    }

    @PluginBuilderFactory
    public static Builder newBuilder() {
        return new Builder();
    }

    /** What the configuration fills. */
    public static class Builder extends AbstractAppender.Builder<Builder>
            implements org.apache.logging.log4j.core.util.Builder<SampleAppender> {
        @PluginBuilderAttribute
        private String greeting;

        public Builder setGreeting(String value) {
            greeting = value;
            return this;
        }

        @Override
        public SampleAppender build() {
            return new SampleAppender(getName(), greeting);
        }
    }

    @Override
    public void append(LogEvent event) {
        Marks.tell("appender", getName() + " " + greeting);
    }
}
