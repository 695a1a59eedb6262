import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('kb', '0006_people'),
    ]

    operations = [
        migrations.CreateModel(
            name='Check',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, help_text='When it was made.')),
                ('passed', models.PositiveIntegerField(help_text='How many things were found right.')),
                ('failed', models.PositiveIntegerField(help_text='How many were found wrong.')),
                ('not_checkable', models.PositiveIntegerField(help_text='How many could not be checked, for want of a text.')),
            ],
            options={
                'ordering': ['-at', '-pk'],
            },
        ),
    ]
