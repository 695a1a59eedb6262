import django.db.models.deletion
from django.db import migrations, models

from kb.migrations._parents import copy_parents


class Migration(migrations.Migration):

    dependencies = [
        ('treatments', '0004_changes'),
    ]

    operations = [
        migrations.AddField(
            model_name='treatment',
            name='parents',
            field=models.ManyToManyField(blank=True, help_text='The broader entries of which it is one or a kind; never those of which it is only a part.', related_name='members', to='treatments.treatment', verbose_name='belongs to'),
        ),
        migrations.CreateModel(
            name='TreatmentAncestry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('depth', models.PositiveIntegerField(help_text='The least number of steps from the entry up to its ancestor.')),
                ('ancestor', models.ForeignKey(help_text='The treatment itself, or one that it belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='descendant_rows', to='treatments.treatment')),
                ('descendant', models.ForeignKey(help_text='The treatment.', on_delete=django.db.models.deletion.CASCADE, related_name='ancestor_rows', to='treatments.treatment')),
            ],
            options={
                'verbose_name_plural': 'ancestries',
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('descendant', 'ancestor'), name='treatmentancestry_stands_once')],
            },
        ),
        copy_parents('treatments', 'treatment'),
        migrations.RemoveField(
            model_name='treatment',
            name='parent',
        ),
    ]
